import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../src/index.ts'
import type { Report } from '../../../src/model/report.ts'
import { inspectPath, open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { memoryPlace } from '../../../src/source/memory-place.ts'
import { ascii } from './ascii.ts'
import { field, onnxBytes, tensorBytes, varint } from './onnx-bytes.ts'

const folder = fileURLToPath(new URL('../../../fixtures/onnx', import.meta.url))
/** What the onnx package reads of each file: fixtures/generate/onnx_files.py. */
const expected: Record<string, { name: string; type: string; shape: number[]; sha256: string }[]> =
  Object.assign(
    {},
    ...['expected.json', 'integers.json'].map((name) =>
      JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')),
    ),
  )
const types: Record<string, string> = {
  FLOAT: 'F32',
  UINT8: 'U8',
  INT8: 'I8',
  UINT16: 'U16',
  INT16: 'I16',
  INT32: 'I32',
  INT64: 'I64',
  BOOL: 'BOOL',
  FLOAT16: 'F16',
  DOUBLE: 'F64',
  UINT32: 'U32',
  UINT64: 'U64',
  COMPLEX64: 'C64',
  COMPLEX128: 'C128',
  BFLOAT16: 'BF16',
  FLOAT8E4M3FN: 'F8_E4M3',
  FLOAT8E5M2: 'F8_E5M2',
  FLOAT4E2M1: 'F4',
  INT4: 'I4',
  UINT4: 'U4',
}

const model = (report: Report) => report.stateDicts[0] as Report['stateDicts'][number]
const byName = <T extends { readonly name: string }>(some: Iterable<T>) =>
  [...some].sort((a, b) => (a.name < b.name ? -1 : 1))
const read = (bytes: Uint8Array, beside: Record<string, Uint8Array> = {}) =>
  inspect(memorySource(bytes, 'm.onnx'), { place: memoryPlace(new Map(Object.entries(beside)), 'folder') })

describe.each(['types.onnx', 'external.onnx', 'integers.onnx'])('%s', (name) => {
  it('has the tensors that the onnx package finds in it', async () => {
    const { tensors } = model(await inspectPath(`${folder}/${name}`))
    expect(byName(tensors).map((one) => [one.name, one.dtype, one.shape])).toEqual(
      byName(expected[name] ?? []).map((one) => [one.name, types[one.type], one.shape]),
    )
  })

  it('gives the values of each', async () => {
    const checkpoint = await open(`${folder}/${name}`)
    let digests = 0
    try {
      for (const { name: tensor, sha256 } of expected[name] ?? []) {
        const hash = createHash('sha256')
        for await (const { bytes } of checkpoint.values(tensor)) hash.update(bytes)
        expect([tensor, hash.digest('hex')]).toEqual([tensor, sha256])
        digests++
      }
    } finally {
      await checkpoint.close()
    }
    expect(digests).toBeGreaterThan(1)
  })
})

describe('a network in ONNX', () => {
  it('has its tensors told by the nodes that take them', async () => {
    const report = await inspectPath(`${folder}/network.onnx`)
    const told = Object.fromEntries(
      model(report).tensors.map(({ name, kind, kindLevel }) => [name, `${kind} ${kindLevel}`]),
    )
    expect(told).toMatchObject({
      m: 'buffer deduced',
      v: 'buffer deduced',
      'stem.conv.weight': 'parameter recognised',
      'fc.bias': 'parameter recognised',
      shape: 'other recognised',
      two: 'other recognised',
    })
    // Both branches have a tensor of this name.
    expect(Object.keys(told).filter((name) => name.endsWith('inner'))).toEqual(['inner', 'branch/inner'])
    expect(model(report).values).toMatchObject([{ name: 'labels', description: '2 texts' }])
    expect(Object.fromEntries(report.metadata as ReadonlyMap<string, unknown>)).toMatchObject({
      opset: 21,
      author: 'fixtures',
    })
    const classes = Object.fromEntries(model(report).modules.map(({ path, classes: of }) => [path, of]))
    expect(classes).toMatchObject({
      'stem.conv': ['Conv2d'],
      'stem.bn': ['BatchNorm'],
      fc: ['Linear'],
      embed: ['Embedding'],
    })
  })

  it('keeps a sparse tensor as one, with the parts it is made of', async () => {
    const [tensor] = model(await inspectPath(`${folder}/sparse.onnx`)).tensors
    expect(tensor).toMatchObject({
      name: 'sparse',
      shape: [3, 4],
      representation: { kind: 'sparse', layout: 'coo', nnz: 3 },
    })
    const checkpoint = await open(`${folder}/sparse.onnx`)
    const indices = await checkpoint.values('sparse', { part: 'indices' }).next()
    expect(indices.value?.view).toEqual(BigInt64Array.of(1n, 5n, 7n))
    await checkpoint.close()
  })
})

describe('a file that begins as ONNX does', () => {
  it.each([
    // As torch.onnx of torch 0.3 and a converter of Caffe2 begin (files of the onnx package).
    ['without its name', '\x08\x03\x12\x07pytorch\x1a\x030.3:\x49\x0a\x0b\x0a\x010\x12'],
    ['with empty fields', '\x08\x03\x12\x0bonnx-caffe2\x1a\0\x22\0\x28\0\x32\0:\x8c\x80\x01'],
    ['with its name late', '\x08\x08\x12\x07pytorch\x1a\x052.0.0\x3aonnx'],
  ])('is taken for it: %s', async (_, text) => {
    const source = memorySource(ascii(text, 64), 'm')
    await expect(inspect(source)).rejects.toMatchObject({
      code: expect.stringMatching(/^format\/(malformed|truncated)$/),
    })
  })
})

describe('a model with values in another file', () => {
  const w = new Uint8Array(20)
  it('finds them at their offset', async () => {
    const report = await read(onnxBytes({ external: { location: 'w', offset: '4', length: '16' } }), { w })
    expect(report.files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['m.onnx', expect.any(Number)],
      ['w', 20],
    ])
    expect(report.findings).toEqual([])
  })

  it.each([
    ['../w', 'source/outside'],
    ['/etc/passwd', 'source/outside'],
    ['C:\\w', 'source/outside'],
  ])('at %s is refused: it is not in the folder', async (location, code) => {
    await expect(read(onnxBytes({ external: { location } }), { w })).rejects.toMatchObject({ code })
  })

  it.each([
    [{ offset: '-1' }, /offset "-1"/],
    [{ length: '1e3' }, /length "1e3"/],
    [{ location: '' }, /no location/],
  ])('with %j is refused', async (entry, message) => {
    await expect(read(onnxBytes({ external: { location: 'w', ...entry } }), { w })).rejects.toThrow(message)
  })
})

describe('a hostile model', () => {
  const graph = (...tensors: Uint8Array[]) =>
    onnxBytes({ graph: Buffer.concat(tensors.map((one) => field(5, one))) })
  it.each([
    ['no graph', new Uint8Array(Buffer.concat([field(1, 8), field(2, 'onnx')])), /no graph/],
    ['a tensor twice', graph(tensorBytes(), tensorBytes()), /"w" is there twice/],
    ['a tensor without a name', onnxBytes({ name: '' }), /no name/],
    ['a dimension of -1', onnxBytes({ dims: [-1] }), /dimension -1/],
    ['2^40 x 2^40 elements', onnxBytes({ dims: [2 ** 40, 2 ** 40] }), /more elements than any file/],
    ['too few bytes', onnxBytes({ data: 15 }), /15 bytes of values, and its 4 elements of F32 need 16/],
    ['no values', onnxBytes({ data: null }), /no values/],
    ['no type', onnxBytes({ type: 0 }), /no element type/],
    [
      'a field of 2^63 bytes',
      onnxBytes({ graph: Buffer.concat([varint((5 << 3) | 2), varint(2n ** 63n)]) }),
      /9223372036854775808 bytes/,
    ],
    ['a group', onnxBytes({ graph: varint((5 << 3) | 3) }), /wire type 3/],
    ['the field 0', onnxBytes({ graph: varint(2) }), /field number 0/],
    ['a number without end', onnxBytes({ graph: Buffer.alloc(30, 0xff) }), /more than ten bytes/],
    [
      'a field longer than its message',
      onnxBytes({ graph: Buffer.concat([varint((5 << 3) | 2), varint(9)]) }),
      /field of 9 bytes/,
    ],
  ])('with %s is refused', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message)
  })

  it('of graphs inside graphs without end is refused, and not by the stack', async () => {
    let inner: Uint8Array = new Uint8Array()
    for (let depth = 0; depth < 3_000; depth++) inner = field(1, field(5, field(6, inner)))
    await expect(read(onnxBytes({ graph: inner }))).rejects.toThrow(/inside more than 64 other messages/)
  })

  it('that is cut off anywhere is refused, or read as what is there', async () => {
    const whole = new Uint8Array(readFileSync(`${folder}/network.onnx`))
    for (let end = 2; end < whole.length; end += 61)
      await inspect(memorySource(whole.subarray(0, end), 'm.onnx')).then(
        () => expect.fail(`it was read when cut off at ${end}`),
        (error: { code: string }) => expect(error.code).toMatch(/^format\//),
      )
  })
})
