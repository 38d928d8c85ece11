import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../src/index.ts'
import type { Report } from '../../../src/model/report.ts'
import { dtypeOfTorch } from '../../../src/model/tensors/dtype.ts'
import { inspectPath, open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'

const folder = fileURLToPath(new URL('../../../fixtures/flax', import.meta.url))
/** What flax.serialization restores from each file: fixtures/generate/flax_files.py. */
const expected: Record<string, { name: string; dtype: string; shape: number[]; sha256: string }[]> =
  JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))
const read = (bytes: Uint8Array | readonly number[]): Promise<Report> =>
  inspect(memorySource(Uint8Array.from(bytes), 'm.msgpack'))
const optimizer = 'opt_state.'

describe.each(Object.keys(expected))('%s', (name) => {
  const arrays = expected[name] ?? []

  it('has the arrays that Flax restores', async () => {
    const { stateDicts } = await inspectPath(`${folder}/${name}`)
    const found = stateDicts.flatMap(({ path, tensors }) =>
      tensors.map((one) => [path === '' ? one.name : `${path}.${one.name}`, one.dtype, one.shape]),
    )
    const inOrder = [
      ...arrays.filter((one) => !one.name.startsWith(optimizer)),
      ...arrays.filter((one) => one.name.startsWith(optimizer)),
    ]
    expect(found).toEqual(inOrder.map((one) => [one.name, dtypeOfTorch(one.dtype), one.shape]))
  })

  it('gives the values of each', async () => {
    const checkpoint = await open(`${folder}/${name}`)
    try {
      for (const { name: array, sha256 } of arrays) {
        const hash = createHash('sha256')
        const [at, options] = array.startsWith(optimizer)
          ? [array.slice(optimizer.length), { stateDict: 'opt_state' }]
          : [array, {}]
        for await (const { bytes } of checkpoint.values(at, options)) hash.update(bytes)
        expect([array, hash.digest('hex')]).toEqual([array, sha256])
      }
    } finally {
      await checkpoint.close()
    }
  })
})

describe('a train state of Flax', () => {
  it('has parameters and statistics told by their collections, and its optimizer apart', async () => {
    const { stateDicts } = await inspectPath(`${folder}/train_state.msgpack`)
    expect(stateDicts.map(({ path, role }) => [path, role])).toEqual([
      ['', 'model'],
      ['opt_state', 'optimizer'],
    ])
    const told = Object.fromEntries(
      (stateDicts[0]?.tensors ?? []).map(({ name, kind, kindLevel }) => [name, `${kind} ${kindLevel}`]),
    )
    expect(told).toMatchObject({
      'params.Dense_0.kernel': 'parameter recognised',
      'batch_stats.BatchNorm_0.mean': 'buffer recognised',
    })
    expect(stateDicts[0]?.values).toMatchObject([{ name: 'step', description: '7' }])
  })
})

describe('a hostile tree', () => {
  const text = (value: string) => [0xa0 + value.length, ...Buffer.from(value)]
  const array = (shape: number[], type: string, data: number[]) => {
    const inner = [0x93, 0x90 + shape.length, ...shape, ...text(type), 0xc4, data.length, ...data]
    return [0xc7, inner.length, 1, ...inner]
  }
  const f4 = array([1], 'float32', [0, 0, 0, 0])

  it('passes over lists and maps in lists, whatever is in them', async () => {
    const list = [0x92, 0x81, ...text('k'), 0x07, 0x91, 0x90]
    const report = await read([0x82, ...text('l'), ...list, ...text('w'), ...f4])
    expect(report.stateDicts[0]?.values).toMatchObject([{ name: 'l', description: 'a list of 2' }])
    expect(report.stateDicts[0]?.tensors).toMatchObject([{ name: 'w' }])
  })

  it('may nest lists a hundred thousand deep, and say more items than there are bytes', async () => {
    const deep = [0x82, ...text('l'), ...Array<number>(100_000).fill(0x91), 0xc0, ...text('w'), ...f4]
    expect((await read(deep)).stateDicts[0]?.tensors).toHaveLength(1)
    await expect(read([0x81, ...text('l'), 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0])).rejects.toMatchObject({
      code: 'format/truncated',
    })
  })

  it('is read when it is sound', async () => {
    const report = await read([0x81, ...text('w'), ...f4])
    expect(report.stateDicts[0]?.tensors).toMatchObject([{ name: 'w', dtype: 'F32', shape: [1] }])
  })

  it.each([
    ['one name twice', [0x82, ...text('w'), ...f4, ...text('w'), ...f4], /"w" is there twice/],
    ['too few bytes', [0x81, ...text('w'), ...array([2], 'float32', [0, 0, 0, 0])], /elements of F32 need 8/],
    ['another type', [0x81, ...text('w'), ...array([1], 'object', [0])], /"object", which is none/],
    ['a shape that is none', [0x81, ...text('w'), ...array([0xff], 'float32', [])], /no list of lengths/],
    ['a byte that is none', [0x81, ...text('w'), 0xc1], /0xc1/],
    ['a key that is none', [0x81, 0xc0, ...f4], /no text/],
    ['a map that announces 2^32-1 entries', [0xdf, 255, 255, 255, 255, ...text('w'), ...f4], /ends at/],
    ['an array longer than the file', [0x81, ...text('w'), 0xc9, 255, 255, 255, 255, 1], /ends at/],
    [
      'pieces out of order',
      [
        0x81,
        ...text('w'),
        0x82,
        0xb9,
        ...Buffer.from('__msgpack_chunked_array__'),
        0xc3,
        ...text('chunks'),
        0x81,
        ...text('1'),
        ...f4,
      ],
      /not in order/,
    ],
  ])('with %s is refused', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message)
  })

  it('of maps inside maps without end is refused, and not by the stack', async () => {
    const bytes = Array.from({ length: 50_000 }, () => [0x81, ...text('a')]).flat()
    await expect(read(bytes)).rejects.toThrow(/nest more than 128 deep/)
  })

  it('with bytes behind it says so', async () => {
    const report = await read([0x81, ...text('w'), ...f4, 0])
    expect(report.findings.map(({ rule }) => rule)).toEqual(['flax/trailing-bytes'])
  })

  it('that is cut off anywhere is refused', async () => {
    const whole = new Uint8Array(readFileSync(`${folder}/train_state.msgpack`))
    for (let end = 1; end < whole.length; end += 7)
      await expect(read(whole.subarray(0, end))).rejects.toMatchObject({
        code: expect.stringMatching(/^format\//),
      })
  })
})
