import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../src/inspect.ts'
import { memorySource } from '../../src/source/memory.ts'
import { tensorOf, totalsOf } from '../helpers/checkpoint.ts'

/** By file and tensor: the shape of the weight that the library packed. */
const packed = JSON.parse(readFileSync('fixtures/quantised/weights.json', 'utf8')) as Record<
  string,
  Record<string, number[]>
>
/** Elements of a tensor beside it. */
const more = 100_000
const bytesOf = (name: string): Uint8Array => readFileSync(`fixtures/quantised/${name}.safetensors`)
const product = (shape: readonly number[]): number => shape.reduce((all, one) => all * one, 1)

describe('a packed weight whose rows are padded', () => {
  it('is every file of the folder', () => {
    const files = readdirSync('fixtures/quantised').filter((name) => name.endsWith('.safetensors'))
    expect(files.map((name) => name.replace('.safetensors', '')).sort()).toEqual(Object.keys(packed).sort())
  })

  it.each(Object.entries(packed))('counts as its bookkeeping states: %s', async (name, weights) => {
    const report = await inspect(memorySource(bytesOf(name), `${name}.safetensors`))
    for (const [tensor, shape] of Object.entries(weights))
      expect(tensorOf(report, tensor).quantised).toMatchObject({
        logicalElements: product(shape),
        logicalShape: shape,
      })
    expect(totalsOf(report).logicalIsLeast).toBeUndefined()
  })

  it.each(Object.keys(packed))('comes back from a report that is read again: %s', async (name) => {
    const report = await inspect(memorySource(bytesOf(name), `${name}.safetensors`))
    const text = new TextEncoder().encode(JSON.stringify(report))
    const again = await inspect(memorySource(text, 'report.json'))
    expect(totalsOf(again)).toEqual(totalsOf(report))
    expect(again.stateDicts[0]?.tensors.map(({ quantised }) => quantised)).toEqual(
      report.stateDicts[0]?.tensors.map(({ quantised }) => quantised),
    )
  })

  it.each(Object.entries(packed))('is no plain number where nothing was read: %s', async (name, weights) => {
    const source = memorySource(padded(bytesOf(name)), `${name}.safetensors`)
    const report = await inspect({ ...source, remote: true })
    const totals = totalsOf(report)
    const all = Object.values(weights).reduce((sum, shape) => sum + product(shape), more)
    if (totals.logicalIsLeast === true) expect(totals.logicalParameters).toBeLessThanOrEqual(all)
    else expect([totals.logicalParameters, name]).toEqual([all, name])
  })

  it('is not counted by a shape that cannot be its own', async () => {
    const bytes = new Uint8Array(bytesOf('ct-channel-padded'))
    const view = new DataView(bytes.buffer)
    const header = Number(view.getBigUint64(0, true))
    const { 'q.weight_shape': entry } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header)))
    view.setBigInt64(8 + header + entry.data_offsets[0] + 8, 999n, true)
    const totals = totalsOf(await inspect(memorySource(bytes, 'model.safetensors')))
    expect(totals).toMatchObject({ logicalIsLeast: true, logicalParameters: 3 * 5 })
  })

  it('is settled by a neighbour where nothing was read', async () => {
    const bytes = bytesOf('ct-channel-padded')
    const norm = withTensor(bytes, 'norm.weight', 10)
    const report = await inspect({ ...memorySource(norm, 'model.safetensors'), remote: true })
    expect(totalsOf(report)).toMatchObject({ logicalParameters: 3 * 10 + 10 })
    expect(totalsOf(report).logicalIsLeast).toBeUndefined()
  })
})

/** The same file with a vector of F32 more. */
function withTensor(bytes: Uint8Array, name: string, length: number): Uint8Array {
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)))
  const data = bytes.subarray(8 + size)
  header[name] = { dtype: 'F32', shape: [length], data_offsets: [data.length, data.length + 4 * length] }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const made = new Uint8Array(8 + text.length + data.length + 4 * length)
  new DataView(made.buffer).setBigUint64(0, BigInt(text.length), true)
  made.set(text, 8)
  made.set(data, 8 + text.length)
  return made
}

/** So long that the first read does not bring its values: what is at hand is at no distance. */
function padded(bytes: Uint8Array): Uint8Array {
  return withTensor(bytes, 'apart.bias', more)
}
