import { describe, expect, test } from 'vitest'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { readBytes } from './open.ts'

// What torch.load(weights_only=True) of torch 2.15 gives of each.

const text = (value: string) => `X${String.fromCharCode(value.length & 255, value.length >> 8)}\0\0${value}`
const storage = (kind = 'Float') =>
  `(${text('storage')}ctorch\n${kind}Storage\n${text(kind)}${text('cpu')}K\x18tQ`
const sizes = (...list: number[]) => `(${list.map((size) => `K${String.fromCharCode(size)}`).join('')}t`
const tensor = (rows: number, columns: number, flag = '\x89', kind = 'Float') =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${storage(kind)}K\x00${sizes(rows, columns)}${sizes(columns, 1)}${flag}}tR`
const parameter = (inner: string, flag = '\x88') => `ctorch._utils\n_rebuild_parameter\n(${inner}${flag}}tR`
const ordered = (args: string) => `ccollections\nOrderedDict\n${args}R`
const T = tensor(2, 3)
const U = tensor(4, 5)

async function read(pickle: string) {
  const { stateDicts, findings, values } = await readBytes(
    zipBytes([
      { name: 'a/data.pkl', data: Buffer.from(`\x80\x02${pickle}.`, 'latin1') },
      { name: 'a/data/Float', data: new Uint8Array(96) },
      { name: 'a/data/Half', data: new Uint8Array(48) },
      { name: 'a/version', data: '3\n' },
    ]),
    'a.pt',
  )
  const tensors = stateDicts.flatMap(({ path, tensors: all }) =>
    [...all].map(
      ({ name, dtype, shape }) =>
        `${path === '' || path === '(loose tensors)' ? '' : `${path}.`}${name} ${dtype} ${shape.join(',')}`,
    ),
  )
  return { tensors, values, unfollowed: findings.filter(({ rule }) => rule === 'torch/unfollowed') }
}

const named = (value: string) => `}(${text('a')}${T}${text('b')}${value}u`

describe('what torch would load is what is shown', () => {
  test.each([
    ['an OrderedDict of a list of pairs', ordered(`((${text('h')}${T}ll\x85`), ['h F32 2,3']],
    [
      'an OrderedDict of an OrderedDict',
      ordered(`${ordered(`((${text('h')}${T}ll\x85`)}\x85`),
      ['h F32 2,3'],
    ],
    [
      'an OrderedDict made without its initialiser',
      `ccollections\nOrderedDict\n((${text('h')}${T}ll\x85\x81`,
      [],
    ],
    [
      'arguments, and then items',
      `${ordered(`((${text('h')}${T}ll\x85`)}(${text('a')}${U}u`,
      ['h F32 2,3', 'a F32 4,5'],
    ],
    [
      'a Counter of a dict',
      `ccollections\nCounter\n}${text('h')}${T}s\x85R(${text('a')}${U}u`,
      ['h F32 2,3', 'a F32 4,5'],
    ],
    ['attributes of an OrderedDict', `${ordered(')')}(${text('a')}${T}u}${text('g')}${U}sb`, ['a F32 2,3']],
    [
      'a dict that OrderedDict copied before it changed',
      `${ordered(`}q\x01(${text('a')}${T}u\x85`)}(${text('z')}h\x01(${text('g')}${U}u0h\x01u`,
      ['a F32 2,3', 'z.a F32 2,3', 'z.g F32 4,5'],
    ],
    [
      'one dict under two names',
      `}(${text('a')}${T}${text('c')}${T}${text('d')}${T}${text('x')}}q\x01${text('w')}${T}s${text('y')}h\x01u`,
      ['a F32 2,3', 'c F32 2,3', 'd F32 2,3', 'x.w F32 2,3', 'y.w F32 2,3'],
    ],
    [
      'sizes that change after the call',
      `}(${text('a')}ctorch._utils\n_rebuild_tensor_v2\n(${storage()}K\x00]q\x05(K\x02K\x03e]q\x06(K\x03K\x01e\x89}tR${text('x')}h\x05K\x07au`,
      ['a F32 2,3'],
    ],
    [
      'sizes of sizes',
      named(
        `ctorch._utils\n_rebuild_tensor_v2\n(${storage()}K\x00ctorch\nSize\nctorch\nSize\n${sizes(4, 2)}\x85R\x85R${sizes(2, 1)}\x89}tR`,
      ),
      ['a F32 2,3', 'b F32 4,2'],
    ],
    [
      'BUILD of a storage and a view',
      named(`${T}(${storage()}K\x00${sizes(4, 5)}${sizes(5, 1)}tb`),
      ['a F32 2,3', 'b F32 4,5'],
    ],
    [
      'the same tensor under another name',
      `}(${text('a')}${T}q\x07${text('b')}h\x07(${storage()}K\x00${sizes(4, 5)}${sizes(5, 1)}tbu`,
      ['a F32 4,5', 'b F32 4,5'],
    ],
    ['data of a Parameter', named(`${parameter(T)}(${U}N}\x89Ntb`), ['a F32 2,3', 'b F32 4,5']],
    [
      'data of another type',
      named(`${parameter(T)}(${tensor(4, 5, '\x89', 'Half')}N}\x89Ntb`),
      ['a F32 2,3', 'b F16 4,5'],
    ],
    [
      'data in the state of a Parameter',
      named(`ctorch._utils\n_rebuild_parameter_with_state\n(${T}\x88}}${text('data')}${U}stR`),
      ['a F32 2,3', 'b F32 4,5'],
    ],
    [
      'data in the slots of a Parameter',
      named(`ctorch._utils\n_rebuild_parameter_with_state\n(${T}\x88}N}${text('data')}${U}s\x86tR`),
      ['a F32 2,3', 'b F32 4,5'],
    ],
    [
      'data in the state of a tensor',
      named(
        `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n(${storage()}K\x00${sizes(2, 3)}${sizes(3, 1)}\x89}t}${text('data')}${U}stR`,
      ),
      ['a F32 2,3', 'b F32 4,5'],
    ],
    [
      'a dict that is rebuilt as a tensor is',
      named(
        `ctorch._tensor\n_rebuild_from_type_v2\n(ccollections\nOrderedDict\nccollections\nOrderedDict\n((${text('h')}${U}ll\x85NtR`,
      ),
      ['a F32 2,3', 'b.h F32 4,5'],
    ],
    [
      'a cast',
      named(
        `ctorch._utils\n_rebuild_device_tensor_from_cpu_tensor\n(${T}ctorch\nbfloat16\n${text('cpu')}\x88tR`,
      ),
      ['a F32 2,3', 'b BF16 2,3'],
    ],
    ['a tensor of sizes', named(`ctorch\nTensor\n${sizes(4, 2)}R`), ['a F32 2,3', 'b F32 4,2']],
    [
      'an old tensor that is filled',
      named(`ctorch\nHalfTensor\n)R(${storage('Half')}K\x00${sizes(4, 5)}${sizes(5, 1)}tb`),
      ['a F32 2,3', 'b F16 4,5'],
    ],
    [
      'a key in another alphabet',
      `}(${text('a')}${T}c_codecs\nencode\n${text('x')}${text('latin1')}\x86R${U}u`,
      ['a F32 2,3', 'x F32 4,5'],
    ],
  ])('%s', async (_, pickle, expected) => {
    const { tensors, unfollowed } = await read(pickle)
    expect(tensors.sort()).toEqual([...expected].sort())
    expect(unfollowed).toEqual([])
  })
})

describe('what is not followed is an error', () => {
  test.each([
    ['BUILD of a tensor, which one of its unpicklers takes', named(`${T}(${U}tb`)],
    ['BUILD of nothing, which empties a tensor', named(`${T})b`)],
    [
      'a state that sets the class',
      named(
        `ctorch._utils\n_rebuild_parameter_with_state\n(${T}\x88}}${text('__class__')}ctorch\nTensor\nstR`,
      ),
    ],
    [
      'an element type that is not known',
      named(
        `ctorch._utils\n_rebuild_tensor_v3\n(${storage()}K\x00${sizes(2, 3)}${sizes(3, 1)}\x89}ctorch\nint3\ntR`,
      ),
    ],
    ['a tensor of values in the pickle', named(`ctorch\nFloatTensor\n(K\x01K\x02l\x85R`)],
    ['another codec', `}(${text('a')}${T}c_codecs\nencode\n${text('n')}${text('rot13')}\x86R${U}u`],
  ])('%s', async (_, pickle) => {
    const { unfollowed } = await read(pickle)
    expect(unfollowed).toMatchObject([{ level: 'error' }])
  })
})

test.each([
  [
    'a storage of another type',
    named(`${T}(${storage('Half')}K\x00${sizes(4, 5)}${sizes(5, 1)}tb`),
    'given a storage of F16',
  ],
  [
    'a storage for what requires grad',
    named(`${parameter(T)}(${storage()}K\x00${sizes(4, 5)}${sizes(5, 1)}tb`),
    'requires grad and is given',
  ],
  ['a requires_grad that is a number', named(parameter(T, 'K\x01')), 'no bool'],
  ['three arguments of an OrderedDict', named(ordered(`}}\x86`)), '2 arguments'],
  ['a pair of three', named(ordered(`((K\x01K\x02K\x03ll\x85`)), '3 values'],
])('torch refuses, and so do we: %s', async (_, pickle, why) => {
  await expect(read(pickle)).rejects.toThrow(why)
})
