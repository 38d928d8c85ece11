import { describe, expect, test } from 'vitest'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import type { Limits } from '../../../src/limits.ts'
import { partsOf } from '../../../src/model/tensors/representation.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { readBytes } from './open.ts'

// Pickles written by hand, of what no library writes.

const text = (value: string) => `X${String.fromCharCode(value.length & 255, value.length >> 8)}\0\0${value}`
const sizes = (...lengths: number[]) =>
  `(${lengths.map((length) => `M${String.fromCharCode(length & 255, length >> 8)}`).join('')}t`
const put = (index: number) => `r${String.fromCharCode(index & 255, (index >> 8) & 255, index >> 16)}\0`
const get = (index: number) => `j${String.fromCharCode(index & 255, (index >> 8) & 255, index >> 16)}\0`
const noHooks = 'ccollections\nOrderedDict\n)R'

/** A tensor of zeros over one storage of 1,024 elements. */
function tensor(...shape: number[]): string {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, length) => product * length, 1))
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}M\0\x04tQ`
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\0${sizes(...shape)}${sizes(...strides)}\x89${noHooks}tR`
}
const layout = (name: string) => `ctorch.serialization\n_get_layout\n(${text(`torch.${name}`)}tR`
const sparse = (name: string, ...parts: string[]) =>
  `ctorch._utils\n_rebuild_sparse_tensor\n(${layout(name)}(${parts.join('')}ttR`
const dict = (...items: (readonly [string, string])[]) =>
  `}(${items.map(([key, value]) => text(key) + value).join('')}u`
/** A wrapper subclass of this shape with these attributes. */
function wrapper(name: string, shape: readonly number[], state: string): string {
  const [module, leaf] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)]
  const type = `c${module}\n${leaf}\n`
  const shell = `(${type}ctorch\nfloat32\n${sizes(...shape)}${sizes(...shape)}K\0${layout('strided')}ctorch\ndevice\n(${text('cpu')}tR\x89t`
  return `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_wrapper_subclass\n${type}${shell}${state}tR`
}

const open = (pickle: string, limits: Partial<Limits> = {}) =>
  readBytes(
    zipBytes([
      { name: 'a/data.pkl', data: Buffer.from(`\x80\x02${pickle}.`, 'latin1') },
      { name: 'a/data/0', data: new Uint8Array(4_096) },
      { name: 'a/version', data: '3\n' },
    ]),
    'a.pt',
    limits,
  )
const refusal = (pickle: string, limits: Partial<Limits> = {}) =>
  open(pickle, limits).then(
    () => 'read',
    (error) => `${error.code}: ${error.message}`,
  )

describe('parts that cannot be those of one sparse tensor are refused, as torch.load refuses them', () => {
  // Each of these raised in torch 2.15 with weights_only=True.
  test.each([
    [
      'fewer values than indices',
      sparse('sparse_coo', tensor(2, 3), tensor(4), sizes(4, 5)),
      '3 indices and 4 values',
    ],
    [
      'indices of more dimensions',
      sparse('sparse_coo', tensor(3, 3), tensor(3), sizes(4, 5)),
      'of another shape',
    ],
    [
      'other dense dimensions',
      sparse('sparse_coo', tensor(1, 3), tensor(3, 6), sizes(4, 5)),
      'of another shape',
    ],
    ['indices in one row', sparse('sparse_coo', tensor(3), tensor(3), sizes(4)), 'not two dimensions'],
    ['too few rows', sparse('sparse_csr', tensor(4), tensor(3), tensor(3), sizes(4, 5)), 'of another shape'],
    [
      'other columns than values',
      sparse('sparse_csr', tensor(5), tensor(3), tensor(4), sizes(4, 5)),
      'do not belong together',
    ],
    ['one dimension', sparse('sparse_csr', tensor(5), tensor(3), tensor(3), sizes(4)), 'of another shape'],
    [
      'blocks that do not fill the rows',
      sparse('sparse_bsr', tensor(3), tensor(3), tensor(3, 2, 2), sizes(4, 5)),
      'of another shape',
    ],
    ['no blocks', sparse('sparse_bsr', tensor(3), tensor(3), tensor(3), sizes(4, 4)), 'of another shape'],
    ['no values', sparse('sparse_coo', tensor(2, 3)), 'lacks its values'],
    ['no shape', sparse('sparse_coo', tensor(2, 3), tensor(3)), 'has no shape'],
  ])('%s', async (_, pickle, problem) => {
    expect(await refusal(dict(['w', pickle]))).toContain(problem)
  })
})

describe('a part that is larger than the whole is no tensor of that shape', () => {
  const local = (shape: string) => dict(['_local_tensor', shape])
  test.each([
    ['of more rows', local(tensor(5, 6)), [4, 6]],
    ['of other dimensions', local(tensor(6)), [4, 6]],
    ['that is not there', dict(['other', tensor(2)]), [4, 6]],
  ])('of a DTensor, %s', async (_, state, shape) => {
    const pickle = wrapper('torch.distributed.tensor.DTensor', shape, state)
    const checkpoint = await open(dict(['w', tensor(2)], ['x', pickle]))
    const [stateDict] = inspectCheckpoint(checkpoint, { path: 'a.pt' }).stateDicts
    expect(stateDict?.tensors.map(({ name }) => name)).toEqual(['w'])
    expect(stateDict?.values?.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['x other'])
    expect(stateDict?.values?.[0]?.description).toContain('DTensor of shape [4, 6]')
    expect(stateDict?.totals.stored.elements).toBe(2)
  })

  test('of a ShardedTensor, past its end', async () => {
    const attributes = (...items: (readonly [string, string])[]) => `(N${dict(...items)}tb`
    const offsets = `](K\x03K\0e`
    const metadata = `ctorch.distributed._shard.metadata\nShardMetadata\n)\x81${attributes(['shard_offsets', offsets])}`
    const shard = `ctorch.distributed._shard.sharded_tensor.shard\nShard\n)\x81${attributes(['tensor', tensor(2, 6)], ['metadata', metadata])}`
    const pickle = wrapper(
      'torch.distributed._shard.sharded_tensor.api.ShardedTensor',
      [4, 6],
      `(](${shard}eNNNNt`,
    )
    const { stateDicts } = await open(dict(['w', tensor(2)], ['x', pickle]))
    expect(stateDicts[0]?.values?.map(({ name }) => name)).toEqual(['x'])
  })
})

describe('inner tensors without end', () => {
  test('that are inside themselves are told once', async () => {
    const loop = wrapper('x.Y', [2], `}${put(0)}(${text('a')}${tensor(2)}${text('self')}${get(0)}u`)
    const { stateDicts } = await open(dict(['w', loop]))
    expect(stateDicts[0]?.tensors.at(0)?.representation).toMatchObject({
      kind: 'subclass',
      parts: [{ name: 'a', shape: [2] }],
    })
  })

  test('of 3,000 subclasses that share 1,000 of them are stopped', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => text(`p${i}`) + tensor(1)).join('')
    const shared = `}(${many}u${put(0)}0`
    const each = Array.from(
      { length: 3_000 },
      (_, i) => [`w${i}`, wrapper('x.Y', [2], `}(${text('s')}${get(0)}u`)] as const,
    )
    expect(await refusal(`${shared}${dict(...each)}`)).toMatch(/^limit\/exceeded: .*tensors=1000000/)
  }, 30_000)

  test('of a thousand subclasses in each other are those of the innermost, or a refusal', async () => {
    let pickle = tensor(1)
    for (let i = 0; i < 1_000; i++) pickle = wrapper('x.Y', [2], dict(['a', pickle]))
    expect(await refusal(dict(['w', pickle]))).toMatch(/^(read|(limit|format)\/)/)
  })

  test('behind long and deep names have names of a few hundred characters', async () => {
    let state = tensor(1)
    for (let i = 0; i < 6; i++) state = dict(['k'.repeat(60_000), state])
    const { stateDicts } = await open(dict(['w', wrapper('x.Y', [2], state)]))
    const [part] = partsOf(stateDicts[0]?.tensors.at(0)?.representation)
    expect(part?.name.length).toBeLessThan(1_000)
  })
})

describe('entries that are no tensors', () => {
  test('keep their names, whatever these are', async () => {
    const names = ['__proto__', 'constructor', '', '.', 'a..b', '\x1b[2J', 'w.x']
    const checkpoint = await open(
      dict(['w', tensor(2)], ['v', tensor(2)], ...names.map((name) => [name, 'K\x01'] as const)),
    )
    const report = inspectCheckpoint(checkpoint, { path: 'a.pt' })
    expect(report.stateDicts[0]?.values?.map(({ name }) => name)).toEqual(names)
  })

  test('that hold themselves are told once', async () => {
    const { stateDicts } = await open(
      `}${put(0)}(${text('w')}${tensor(2)}${text('v')}${tensor(3)}${text('again')}${get(0)}u`,
    )
    expect(stateDicts[0]?.values).toMatchObject([
      { name: 'again', type: 'dict', description: 'the same object as what holds it' },
    ])
  })

  test('of which there are 200,000 are all listed', async () => {
    const items = Array.from({ length: 200_000 }, (_, i) => [`m${i}._extra_state`, 'N'] as const)
    const { stateDicts } = await open(
      `${noHooks}(${[['w', tensor(2)] as const, ...items].map(([key, value]) => text(key) + value).join('')}u`,
    )
    expect(stateDicts[0]?.values).toHaveLength(200_000)
  }, 30_000)

  test('and tensors under one name are refused', async () => {
    const twice = dict(['w', tensor(2)], ['v', tensor(2)], ['a', dict(['b', tensor(1)])], ['a.b', 'K\x01'])
    expect(await refusal(twice)).toContain('two entries are called "a.b"')
  })
})

test('what torch.compile made of a module has that module under _orig_mod, as torch has it', async () => {
  const attributes = dict(
    ['_parameters', dict(['w', tensor(2)])],
    ['_buffers', dict(['b', tensor(3)])],
    ['_modules', '}'],
  )
  const module = `c__main__\nNet\n)\x81${attributes}b`
  const { stateDicts } = await open(`ctorch._dynamo.eval_frame\nOptimizedModule\n(${module}NtR`)
  const [stateDict] = stateDicts
  expect(stateDict?.tensors.map(({ name }) => name)).toEqual(['_orig_mod.w', '_orig_mod.b'])
  expect([...(stateDict?.facts.moduleClasses ?? [])]).toEqual([
    ['', 'OptimizedModule'],
    ['_orig_mod', 'Net'],
  ])
})
