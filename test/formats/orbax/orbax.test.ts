import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSdinspectError } from '../../../src/errors.ts'
import { readCheckpoint } from '../../../src/formats/read-checkpoint.ts'
import { inspect } from '../../../src/index.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { dtypeOfTorch } from '../../../src/model/tensors/dtype.ts'
import { inspectPath } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { memoryPlace } from '../../../src/source/memory-place.ts'

const folder = fileURLToPath(new URL('../../../fixtures/orbax', import.meta.url))
/** What Orbax says of each: fixtures/generate/orbax_files.py. */
const expected: Record<string, Record<string, { dtype: string; shape: number[] }>> = JSON.parse(
  readFileSync(`${folder}/expected.json`, 'utf8'),
)

describe.each(['zarr', 'ocdbt'])('a train state saved as %s', (name) => {
  it('has the names and shapes that Orbax has, and the types where they are in files that are read', async () => {
    const { stateDicts } = await inspectPath(`${folder}/${name}`)
    const found = stateDicts.flatMap(({ path, tensors }) =>
      Array.from(tensors, (one) => [path === '' ? one.name : `${path}.${one.name}`, one.dtype, one.shape]),
    )
    const wanted = Object.entries(expected[name] ?? {}).map(([leaf, { dtype, shape }]) => [
      leaf,
      name === 'zarr' && dtype !== 'bfloat16' ? dtypeOfTorch(dtype) : name === 'zarr' ? 'BF16' : null,
      shape,
    ])
    expect(found.sort()).toEqual(wanted.sort())
  })

  it('tells parameters from statistics, and keeps the optimizer apart', async () => {
    const { stateDicts } = await inspectPath(`${folder}/${name}`)
    expect(stateDicts.map(({ path, role }) => [path, role])).toEqual([
      ['', 'model'],
      ['opt_state', 'optimizer'],
    ])
    const kinds = Object.fromEntries(Array.from(stateDicts[0]?.tensors ?? [], (one) => [one.name, one.kind]))
    expect(kinds).toMatchObject({
      'params.Dense_0.kernel': 'parameter',
      'batch_stats.BatchNorm_0.var': 'buffer',
      step: 'other',
    })
  })
})

it('says that types are elsewhere, where they are in a database', async () => {
  const { findings } = await inspectPath(`${folder}/ocdbt`)
  expect(findings.map(({ rule, level }) => [rule, level])).toEqual([['orbax/types-elsewhere', 'info']])
})

describe('a folder that is not as _METADATA says', () => {
  const leaf = (key: string, shape: unknown) => ({
    key_metadata: [{ key, key_type: 2 }],
    value_metadata: { value_type: 'jax.Array', write_shape: shape },
  })
  const read = (document: unknown, files: Record<string, unknown> = {}) => {
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
    const place = memoryPlace(new Map(Object.entries(files).map(([name, value]) => [name, bytes(value)])))
    return readCheckpoint(memorySource(bytes(document), '_METADATA'), { limits: defaultLimits, place })
  }
  const tree = (leaves: Record<string, unknown>) => ({ tree_metadata: leaves, use_ocdbt: false })

  it('lacks an array', async () => {
    const { findings } = await read(tree({ "('a',)": leaf('a', [2]) }))
    expect(findings.map(({ rule }) => rule)).toEqual(['orbax/missing-array'])
  })

  it('has an array of another shape', async () => {
    const { findings } = await read(tree({ "('a',)": leaf('a', [2]) }), {
      'a/.zarray': { shape: [3], dtype: '<f4', zarr_format: 2 },
    })
    expect(findings.map(({ rule }) => rule)).toEqual(['orbax/other-shape'])
  })

  it.each<[string, unknown]>([
    ['no tree', { tree_metadata: 3 }],
    ['a leaf without keys', tree({ a: { value_metadata: { value_type: 'jax.Array' } } })],
    ['two leaves of one name', tree({ a: leaf('x', [1]), b: leaf('x', [1]) })],
    ['a shape of no lengths', tree({ a: leaf('x', [-1]) })],
    ['a shape with a fraction', tree({ a: leaf('x', [0.5]) })],
    ['more elements than can be counted', tree({ a: leaf('x', [2 ** 40, 2 ** 40]) })],
    ['a key that is no text', tree({ a: { ...leaf('x', [1]), key_metadata: [{ key: {} }] } })],
  ])('with %s is refused', async (_, document) => {
    await expect(read(document)).rejects.toMatchObject({ code: 'format/malformed' })
  })

  it('cannot lead out of the folder', async () => {
    const { findings } = await read(tree({ a: leaf('../../etc', [1]) }))
    expect(findings.map(({ rule }) => rule)).toEqual(['orbax/missing-array'])
  })

  it('is answered or refused whatever is in it', async () => {
    const whole = readFileSync(`${folder}/ocdbt/_METADATA`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (changes) => {
          const bytes = Uint8Array.from(whole)
          for (const [at, value] of changes) bytes[at] = value
          try {
            await inspect(memorySource(bytes, '_METADATA'))
          } catch (error) {
            if (!isSdinspectError(error)) throw error
          }
        },
      ),
    )
  })
})
