import { describe, expect, test } from 'vitest'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import type { Limits } from '../../../src/limits.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { readBytes } from './open.ts'

const text = (value: string) => `X${String.fromCharCode(value.length & 255, value.length >> 8)}\0\0${value}`
const long = (value: bigint) => {
  const bytes = Buffer.alloc(9)
  bytes.writeBigInt64LE(value)
  return `\x8a\x09${bytes.toString('latin1')}`
}
const storage = (elements = 'K\x04', key = '0') =>
  `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}${elements}tQ`
const tensor = ({
  offset = 'K\x00',
  size = 'K\x02K\x02\x86',
  stride = 'K\x02K\x01\x86',
  of = storage(),
} = {}) => `ctorch._utils\n_rebuild_tensor_v2\n(${of}${offset}${size}${stride}\x89}tR`
const put = (index: number) => `r${String.fromCharCode(index & 255, (index >> 8) & 255, index >> 16)}\0`
const get = (index: number) => `j${String.fromCharCode(index & 255, (index >> 8) & 255, index >> 16)}\0`

/** A torch.save file of one storage of 16 bytes and this pickle. */
function file(pickle: string, data: Uint8Array = new Uint8Array(16)): Buffer {
  return zipBytes([
    { name: 'a/data.pkl', data: Buffer.from(`\x80\x02${pickle}.`, 'latin1') },
    { name: 'a/data/0', data },
    { name: 'a/version', data: '3\n' },
  ])
}

const open = (pickle: string, limits: Partial<Limits> = {}) => readBytes(file(pickle), 'a.pt', limits)
const refusal = (pickle: string) =>
  open(pickle).then(
    () => 'read',
    (error) => `${error.code}: ${error.message}`,
  )

describe('a tensor that torch could not rebuild is refused', () => {
  test.each([
    ['a negative storage offset', tensor({ offset: 'J\xff\xff\xff\xff' }), 'storage offset -1'],
    ['a negative size', tensor({ size: 'J\xfe\xff\xff\xffK\x02\x86' }), 'the shape [-2, 2]'],
    ['sizes that overflow', tensor({ size: `${long(2n ** 52n)}${long(2n ** 52n)}\x86` }), 'over 2^53'],
    [
      'a size over 2^53',
      tensor({ size: `${long(2n ** 62n)}K\x02\x86` }),
      'the shape [4611686018427387904, 2]',
    ],
    ['a view past its storage', tensor({ size: 'K\x02K\x03\x86' }), 'past the 4 of storage "0"'],
    ['a stride past its storage', tensor({ stride: 'K\x63K\x01\x86' }), 'ends at element 101, past the 4'],
    ['more strides than dimensions', tensor({ stride: 'K\x02K\x01K\x01\x87' }), '2 dimensions and 3 strides'],
    [
      'a storage of a negative size',
      tensor({ of: storage('J\xfc\xff\xff\xff') }),
      'a storage of -4 elements',
    ],
    ['a storage that is larger than its file', tensor({ of: storage('J\0\0\0\x40') }), 'need 4294967296'],
    ['a storage that is missing', tensor({ of: storage('K\x04', '7') }), 'is not in the archive'],
    [
      'a key that climbs',
      tensor({ of: storage('K\x04', '../../../../etc/passwd') }),
      'is not in the archive',
    ],
    ['a key cut short by a NUL', tensor({ of: storage('K\x04', '0\0x') }), 'is not in the archive'],
    [
      'a class that is no storage',
      tensor({ of: storage().replace('FloatStorage', 'Size') }),
      'for a storage class',
    ],
  ])('%s', async (_, value, message) => {
    expect(await refusal(`}${text('w')}${value}s`)).toContain(message)
  })
})

// Python takes the later of two equal keys, so a reader that does is right, and what the first had is lost.
describe('a dict that has a tensor under a key and something else under an equal one is refused', () => {
  const twice = (key: string, ...values: readonly [string, string]) =>
    values.map((value) => key + value).join('')
  const rest = `${text('x')}${tensor()}${text('y')}${tensor()}`
  test.each([
    ['in a state dict', `}(${twice(text('w'), tensor(), tensor())}u`],
    [
      'after a number that is there twice',
      `}(${twice(text('a'), 'K\x01', 'K\x02')}${twice(text('w'), tensor(), tensor())}u`,
    ],
    ['a tensor and then none', `}(${twice(text('w'), tensor(), 'N')}${rest}u`],
    ['in a part of a state dict', `}(${text('part')}}(${twice(text('w'), tensor(), tensor())}u${rest}u`],
    ['a state dict', `}(${twice(text('state_dict'), `}(${rest}u`, `}(${rest}u`)}u`],
    ['keys that Python takes for equal', `}(${text('epoch')}K\x03K\x01${tensor()}\x88${tensor()}${rest}u`],
    ['a long key', `}(${text('n')}N${twice(text('k'.repeat(9_000)), tensor(), tensor())}u`],
    [
      'in an OrderedDict of pairs',
      `ccollections\nOrderedDict\n]${twice(text('w'), `${tensor()}\x86a`, `${tensor()}\x86a`)}\x85R`,
    ],
  ])('%s', async (_, pickle) => {
    expect(await refusal(pickle)).toMatch(/^format\/malformed: data\.pkl: the key ".*" is in its dict twice$/)
  })

  test('and one of plain values is not', async () => {
    const { stateDicts } = await open(`}(${twice(text('epoch'), 'K\x01', 'K\x02')}${rest}u`)
    expect(stateDicts[0]?.values).toMatchObject([{ name: 'epoch', description: '2' }])
  })
})

describe('what torch.load takes is not called malformed', () => {
  // Each was loaded by torch 2.15 with weights_only=True.
  test('strides of none, and none at all', async () => {
    for (const stride of ['N', ')']) {
      const { stateDicts } = await open(`}${text('w')}${tensor({ stride })}s`)
      expect(stateDicts[0]?.tensors.at(0)).toMatchObject({
        shape: [2, 2],
        values: { chunks: [{ length: 16 }] },
      })
    }
  })

  test('a meta tensor of 2^60 elements, which is in no count', async () => {
    const side = long(2n ** 30n)
    const meta = `ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\n${side}${side}\x86${side}K\x01\x86\x89tR`
    const { stateDicts, findings } = await open(`}(${text('w')}${meta}${text('b')}${tensor()}u`)
    expect(stateDicts[0]?.tensors.map(({ name }) => name)).toEqual(['b'])
    expect(findings.map(({ rule }) => rule)).toContain('torch/unread-tensors')
  })
})

test('no two tensors and no two state dicts have one name', async () => {
  const part = `}(${text('v')}${tensor()}${text('w')}${tensor()}u`
  const { stateDicts } = await open(
    `}(K\x01${tensor()}${text('1')}${tensor()}${text('a.b')}${part}${text('a')}}(${text('b')}${part}${text('c')}}u${text('d')}}u`,
  )
  expect(stateDicts.map(({ path }) => path).sort()).toEqual(['(loose tensors)', 'a.b', 'a.b#2'])
  const loose = stateDicts.find(({ path }) => path === '(loose tensors)')
  expect(loose?.tensors.map(({ name }) => name)).toEqual(['1#0', '1'])
})

test('an expanded view larger than any number of elements is said, and read past', async () => {
  const huge = tensor({ size: `${long(2n ** 31n)}${long(2n ** 31n)}\x86`, stride: 'K\x00K\x00\x86' })
  const { stateDicts, values } = await open(`}(${text('w')}${tensor()}${text('x')}${huge}u`)
  expect(stateDicts[0]?.tensors.map(({ name }) => name)).toEqual(['w'])
  expect(values?.get('x')).toBe(
    'an expanded view, shape [2147483648, 2147483648], of 1 stored elements of F32',
  )
})

describe('what grows without end is stopped or shared', () => {
  const module = (children: string) =>
    `c__main__\nNet\n)\x81}(${text('_parameters')}}${text('_modules')}}(${children}uub`

  test('modules that hold each other twice, 40 deep', async () => {
    let pickle = `(${module('')}${put(0)}`
    for (let i = 1; i <= 40; i++)
      pickle += `${module(`${text('a')}${get(i - 1)}${text('b')}${get(i - 1)}`)}${put(i)}`
    expect(await refusal(`${pickle}t`)).toMatch(/^limit\/exceeded: .*(modules=|pickleOpcodes=)/)
  })

  test('a module inside itself is left out there', async () => {
    const own = `}(${text('_parameters')}}${text('w')}${tensor()}s${text('_modules')}}${text('again')}h\x01s`
    const { stateDicts } = await open(`c__main__\nNet\n)\x81q\x01${own}ub`)
    expect(stateDicts[0]?.tensors.map(({ name }) => name)).toEqual(['w'])
  })

  test('modules 1,000 deep', async () => {
    let pickle = module('')
    for (let i = 0; i < 1000; i++) pickle = module(`${text('m')}${pickle}`)
    expect(await refusal(pickle)).toContain('moduleDepth=512')
  })

  test.each([['a'], ['model'], ['state']])('100,000 dicts in each other, each under %j', async (key) => {
    const depth = 100_000
    const pickle = `${`}${text(key)}`.repeat(depth)}N${'s'.repeat(depth)}`
    expect(await refusal(pickle)).toContain('pickleDepth=1000')
  })

  test('900 dicts in each other, each with a tensor', async () => {
    const depth = 900
    const level = `}(${text('w')}${get(0)}${text('m')}`
    const checkpoint = await open(`${tensor()}${put(0)}0${level.repeat(depth)}N${'u'.repeat(depth)}`)
    const all = checkpoint.stateDicts.reduce((sum, { tensors }) => sum + tensors.length, 0)
    expect(all).toBe(depth)
    inspectCheckpoint(checkpoint, { path: 'a.pt' })
  })

  test('a tuple of a million sizes for ten thousand tensors', async () => {
    const sizes = `(${'K\x01'.repeat(1_000_000)}t${put(0)}0`
    const one = `ctorch._utils\n_rebuild_tensor_v2\n(${storage()}K\x00${get(0)}${get(0)}\x89}tR`
    expect(await refusal(`${sizes}](${one.repeat(10_000)}e`)).toContain('dimensions=1000')
  })

  test('wrappers in wrappers', async () => {
    const depth = 1_000
    const pickle = `${'ctorch._utils\n_rebuild_parameter\n('.repeat(depth)}${tensor()}${'\x88}tR'.repeat(depth)}`
    expect((await open(pickle)).stateDicts[0]?.tensors).toMatchObject([{ shape: [2, 2], bytes: 16 }])
  })

  test('a key of a megabyte above 3,000 dicts', async () => {
    const name = `T\0\0\x10\0${'k'.repeat(1 << 20)}`
    const inner = Array.from({ length: 3_000 }, (_, i) => `${text(`d${i}`)}}${text('x')}${tensor()}s`).join(
      '',
    )
    expect(await refusal(`}(${text('m')}}${name}}(${inner}usu`)).toMatch(
      /longNames=1000|nameBytes|the length of all/,
    )
  })

  test('names of a length that V8 hashes alike', async () => {
    const names = Array.from({ length: 1_100 }, (_, i) => {
      const name = `${'n'.repeat(16_384)}${i}`
      return `T${String.fromCharCode(name.length & 255, name.length >> 8)}\0\0${name}${tensor()}`
    }).join('')
    expect(await refusal(`}(${names}u`)).toContain('longNames=1000')
  })

  test('100,000 imports, 900 deep', async () => {
    let pickle = ''
    for (let i = 0; i < 900; i++) pickle += `}(${text('f')}${text('x')}${text('m')}`
    pickle += '('
    for (let i = 0; i < 100_000; i++) pickle += `cmod\nf${i}\n`
    const { pickle: safety } = await open(`${pickle}t${'u'.repeat(900)}`)
    expect(safety?.imports).toHaveLength(100_000)
    expect(safety?.imports[3]?.name).toBe('mod.f3')
    expect(safety?.imports[3]?.keyPath?.length).toBeLessThan(500)
    expect(safety?.imports[5000]?.keyPath).toBeNull()
  })
})

test('a pickle in the arguments of a call is looked into, four deep', async () => {
  let inner = '\x80\x02cos\nsystem\n.'
  for (let i = 0; i < 3; i++)
    inner = `\x80\x03cpickle\nloads\n(B${String.fromCharCode(inner.length)}\0\0\0${inner}tR.`
  const { pickle } = await open(`cpickle\nloads\n(B${String.fromCharCode(inner.length)}\0\0\0${inner}tR`)
  expect(pickle?.imports.filter(({ name }) => name === 'os.system')).toMatchObject([
    { within: 'a pickle inside data.pkl', dangerous: true },
  ])
})

test('data.PKL is data.pkl to torch, and so to us, with a word', async () => {
  const archive = zipBytes([
    { name: 'a/data.PKL', data: Buffer.from(`\x80\x02}${text('w')}${tensor()}s.`, 'latin1') },
    { name: 'a/data/0', data: new Uint8Array(16) },
    { name: 'a/version', data: '3\n' },
  ])
  const { stateDicts, findings } = await readBytes(archive)
  expect(stateDicts[0]?.tensors.map(({ name }) => name)).toEqual(['w'])
  expect(findings.map(({ rule }) => rule)).toEqual(['zip/name-case'])
})

test('a tensor that keeps a larger storage in the file is named', async () => {
  const large = zipBytes([
    {
      name: 'a/data.pkl',
      data: Buffer.from(`\x80\x02}${text('w')}${tensor({ of: storage('J\0\0\x10\0') })}s.`, 'latin1'),
    },
    { name: 'a/data/0', data: new Uint8Array(4 << 20) },
    { name: 'a/version', data: '3\n' },
  ])
  expect((await readBytes(large)).findings).toMatchObject([
    { rule: 'torch/oversized-storage', tensor: 'w', message: expect.stringContaining('4194288 bytes') },
  ])
})

test('words of imports in strings are no imports', async () => {
  const { pickle, findings } = await open(`}(${text('w')}${tensor()}${text('note')}${text('os.system')}u`)
  expect(pickle?.plainWeights).toBe(true)
  expect(findings).toEqual([])
})

describe('says what is known to be dangerous', () => {
  test.each([
    'os.system',
    'posix.system',
    'nt.system',
    'builtins.eval',
    '__builtin__.exec',
    'builtins.getattr',
    'subprocess.Popen',
    'runpy._run_code',
    'pkgutil.resolve_name',
    'operator.methodcaller',
    'asyncio.unix_events._UnixSubprocessTransport._start',
    'numpy.f2py.crackfortran.getlincoef',
    'types.CodeType',
    '_io.FileIO',
    'torch.serialization.os.system',
    'torch.hub.load',
    'timeit.timeit',
  ])('%s', async (name) => {
    const dot = name.indexOf('.')
    const { findings } = await open(`c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n)R`)
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'security/pickle-globals',
        level: 'error',
        message: expect.stringContaining(name),
      }),
    )
  })

  test.each([
    'mylib.model.Net',
    'argparse.Namespace',
    'collections.deque',
    'pathlib.PosixPath',
    'builtins.slice',
  ])('and not of %s, which is only not plain weights', async (name) => {
    const dot = name.lastIndexOf('.')
    const { findings } = await open(`c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n)R`)
    expect(findings.filter(({ rule }) => rule.startsWith('security/'))).toMatchObject([{ level: 'warning' }])
  })
})

test('paths of a thousand dots cost no more than their length', async () => {
  const part = `}(${text('x')}${tensor()}${text('y')}${tensor()}u`
  const module = `c__main__\nM\n)\x81}(${text('_parameters')}}${text('w')}${tensor()}s${text('_modules')}}ub`
  const modules = Array.from({ length: 900 }, (_, i) => text('.'.repeat(4_000) + i) + module).join('')
  const { stateDicts } = await open(`}(${text('part')}${part}${modules}u`)
  expect(stateDicts).toHaveLength(901)
  const optimizer = `X\0\0\x08\0${'.'.repeat(524_288)}}(${text('state')}}${text('param_groups')}]u`
  const model = `X\x01\0\x08\0a${'.'.repeat(524_288)}${part}`
  await expect(open(`}(${optimizer}${model}u`)).resolves.toMatchObject({ format: 'torch' })
})
