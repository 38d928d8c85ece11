import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/codec/crc32c.ts'
import { isSdinspectError } from '../../../src/errors.ts'
import { inspect } from '../../../src/index.ts'
import type { Report } from '../../../src/model/report.ts'
import { dtypeOfTorch } from '../../../src/model/tensors/dtype.ts'
import { inspectPath, inspectPaths, open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { growing, table } from './table-bytes.ts'

const folder = fileURLToPath(new URL('../../../fixtures/tensorflow', import.meta.url))
/** What tf.train.load_checkpoint finds in each: fixtures/generate/tensorflow_files.py. */
const expected: Record<
  string,
  Record<string, { dtype: string; shape: number[]; sha256?: string }>
> = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))
const read = (bytes: Uint8Array): Promise<Report> => inspect(memorySource(bytes, 'm.index'))
/** As a tensor is called here: dots for slashes, without the end that all variables have. */
const named = (key: string) => key.replace('/.ATTRIBUTES/VARIABLE_VALUE', '').replaceAll('/', '.')

describe.each(Object.keys(expected))('the checkpoint %s', (prefix) => {
  const variables = Object.entries(expected[prefix] ?? {})

  it('has the names, types and shapes that TensorFlow finds', async () => {
    const { stateDicts } = await inspectPath(`${folder}/${prefix}.index`)
    const found = stateDicts.flatMap(({ tensors }) =>
      Array.from(tensors, ({ name, dtype, shape }) => [name, dtype, shape]),
    )
    const wanted = variables
      .filter(([, { dtype }]) => dtype !== 'string')
      .map(([key, { dtype, shape }]) => [named(key), dtypeOfTorch(dtype), shape])
    expect(found.sort()).toEqual(wanted.sort())
  })

  it('gives the values that TensorFlow gives, but of what was cut into slices', async () => {
    const checkpoint = await open(`${folder}/${prefix}.index`)
    try {
      for (const [key, { sha256 }] of variables) {
        if (sha256 === undefined) continue
        const isOptimizer = /^optimizer\/(?!_trainable)/.test(key)
        const options = isOptimizer ? { stateDict: 'optimizer' } : {}
        if (key === 'big/matrix') {
          await expect(checkpoint.values('big.matrix').next()).rejects.toMatchObject({
            code: 'usage/no-values',
          })
          continue
        }
        const hash = createHash('sha256')
        for await (const { bytes } of checkpoint.values(named(key), options)) hash.update(bytes)
        expect([key, hash.digest('hex')]).toEqual([key, sha256])
      }
    } finally {
      await checkpoint.close()
    }
  })
})

/** F32 of two, of some bytes: type, shape, size and the checksum of its bytes. */
const pair = (checksum: number) => [8, 1, 18, 4, 18, 2, 8, 2, 40, 8, 53, checksum, 0, 0, 0]

describe('the archive that model.export of Keras 3 writes', () => {
  const exported = (listed: readonly number[]) => {
    const key = (path: string) => `${path}/.ATTRIBUTES/VARIABLE_VALUE`
    const entries = [
      ['', [8, 1, 26, 2, 8, 1]],
      ...listed.map((sum, at) => [key(`_all_variables/${at}`), pair(sum)] as const),
      [key('variables/0'), pair(1)],
      [key('variables/1'), pair(2)],
    ] as const
    return read(table(entries))
  }

  it('counts each variable once, whatever the order of its list', async () => {
    const { stateDicts } = await exported([2, 1])
    expect(stateDicts.map(({ path, role, tensors }) => [path, role, tensors.length])).toEqual([
      ['', 'model', 2],
      ['_all_variables', 'other', 2],
    ])
    expect(stateDicts[0]?.totals.parameters.elements).toBe(4)
  })

  it.each([
    { listed: [2, 3], why: 'a variable that is nowhere else' },
    { listed: [1, 1], why: 'one variable twice' },
  ])('does not take $why for a copy', async ({ listed }) => {
    const { stateDicts } = await exported(listed)
    expect(stateDicts.map(({ tensors }) => tensors.length)).toEqual([4])
  })
})

describe('what Keras keeps', () => {
  it('tells what trains, what follows, and what is the state of the optimizer', async () => {
    const { stateDicts } = await inspectPath(`${folder}/keras.index`)
    expect(stateDicts.map(({ path, role }) => [path, role])).toEqual([
      ['', 'model'],
      ['optimizer', 'optimizer'],
    ])
    const told = Object.fromEntries(
      Array.from(stateDicts[0]?.tensors ?? [], ({ name, kind, kindLevel, trainable }) => [
        name,
        `${kind} ${kindLevel} ${trainable}`,
      ]),
    )
    expect(told).toMatchObject({
      'optimizer._trainable_variables.0': 'parameter declared yes',
      'model._functional._operations.2.moving_mean': 'buffer recognised no',
    })
  })

  it('is found in its folder, where the files of values are no checkpoints of their own', async () => {
    const reports: string[] = []
    for await (const { path } of inspectPaths([folder])) reports.push(path)
    expect(reports.map((path) => path.slice(folder.length + 1)).sort()).toEqual([
      'keras.index',
      'net.index',
      'v1.ckpt.index',
    ])
  })
})

// RFC 3720, appendix B.4.
it('has the checksums of Castagnoli', () => {
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa')
  expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43')
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)).toString(16)).toBe('46dd794e')
})

describe('a hostile index', () => {
  const header: [string, number[]] = ['', [8, 1, 0x1a, 2, 8, 1]]
  const float: number[] = [8, 1, 0x12, 4, 0x12, 2, 8, 1, 0x28, 4]
  const codeOf = async (bytes: Uint8Array) => {
    try {
      await read(bytes)
      return 'read'
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      return error.code
    }
  }

  it('is read when it is sound', async () => {
    const report = await read(table([header, ['a', float]]))
    expect(report.stateDicts[0]?.tensors).toMatchObject([{ name: 'a', dtype: 'F32', shape: [1] }])
  })

  it.each<[string, Uint8Array, string]>([
    ['has no header', table([['a', float]]), 'format/unknown'],
    [
      'says more bytes than its shape has',
      table([header, ['a', [8, 1, 0x12, 4, 0x12, 2, 8, 1, 0x28, 5]]]),
      'format/malformed',
    ],
    [
      'has a shape without a number of dimensions',
      table([header, ['a', [8, 1, 0x12, 2, 0x18, 1]]]),
      'format/malformed',
    ],
    [
      'has a negative dimension',
      table([header, ['a', [8, 1, 0x12, 13, 0x12, 11, 8, ...Array(9).fill(0xff), 1]]]),
      'format/malformed',
    ],
    [
      'has an element type that needs more bytes than there are numbers',
      table([
        header,
        [
          'a',
          [
            8,
            2,
            0x12,
            20,
            ...Array(2).fill([0x12, 8, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07]).flat(),
            0x28,
            4,
          ],
        ],
      ]),
      'format/malformed',
    ],
    ['is packed', table([header, ['a', float]], { packing: 1 }), 'unsupported/feature'],
    ['has a wrong checksum', table([header, ['a', float]], { checksum: 1 }), 'format/malformed'],
    ['has a block past its end', table([header, ['a', float]], { length: 1_000_000 }), 'format/malformed'],
    ['has keys that begin as none before', table([header, ['a', float]], { shared: 9 }), 'format/malformed'],
    ['has one key twice', table([header, ['a', float], ['a', float]]), 'format/malformed'],
  ])('that %s is refused', async (_, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code)
  })

  it('whose keys grow by a byte each is refused before they fill memory', async () => {
    expect(await codeOf(growing(40_000))).toBe('limit/exceeded')
  })

  it('is refused at every length but its own', async () => {
    const whole = readFileSync(`${folder}/net.index`)
    for (let length = 1; length < whole.length; length++)
      expect(await codeOf(whole.subarray(0, length))).toMatch(/^(format|unsupported)\//)
  })

  it('is answered or refused whatever is in it', async () => {
    const whole = readFileSync(`${folder}/net.index`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (changes) => {
          const bytes = Uint8Array.from(whole)
          for (const [at, value] of changes) bytes[at] = value
          expect(await codeOf(bytes)).toMatch(/^(read|format\/|unsupported\/|limit\/)/)
        },
      ),
    )
  })
})
