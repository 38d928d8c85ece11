import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type DType, dtypes } from '../../../src/model/tensors/dtype.ts'
import { open } from '../../../src/node.ts'
import { blockDecoder } from '../../../src/values/statistics/ggml-blocks.ts'
import { portableKernel } from '../../../src/values/statistics/portable-kernels.ts'
import { loadSimd, type SimdKernels } from '../../../src/values/statistics/simd-kernels.ts'
import { stateText } from './state-text.ts'

interface Expected {
  readonly sha256: string
  readonly elements: number
  readonly zeros: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly std: number
}

const folder = new URL('../../../fixtures/gguf/', import.meta.url)
/** What gguf-py makes of the blocks: fixtures/generate/ggml_blocks.py. */
const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(new URL('blocks.json', folder), 'utf8'),
)
const file = fileURLToPath(new URL('blocks.gguf', folder))
const simd = (await loadSimd()) as SimdKernels

async function bytesOf(name: string): Promise<Uint8Array> {
  const checkpoint = await open(file)
  const windows: Uint8Array[] = []
  try {
    for await (const { bytes } of checkpoint.values(name)) windows.push(bytes.slice())
  } finally {
    await checkpoint.close()
  }
  return new Uint8Array(Buffer.concat(windows))
}

describe.each(Object.entries(expected))('blocks of %s', (type, said) => {
  const dtype = type as DType

  it('stand for the values that gguf-py makes of them', async () => {
    const bytes = await bytesOf(`${type}.weight`)
    const { block } = dtypes[dtype]
    const values = new Float32Array(said.elements)
    for (let at = 0, to = 0; at < bytes.length; at += block.bytes, to += block.elements)
      blockDecoder(dtype)?.(bytes, at, values, to)
    expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')).toBe(said.sha256)
  })

  it('are counted alike with SIMD and without, in any pieces', async () => {
    const bytes = await bytesOf(`${type}.weight`)
    const plain = portableKernel(dtype, said.elements)
    const fast = simd.kernel(dtype, said.elements)
    plain?.add(bytes)
    for (let at = 0; at < bytes.length; at += dtypes[dtype].block.bytes)
      fast?.add(bytes.subarray(at, at + dtypes[dtype].block.bytes))
    expect(stateText(fast?.finish())).toBe(stateText(plain?.finish()))
  })
})

it('statistics of quantised tensors are those of their values', async () => {
  const checkpoint = await open(file)
  const { tensors } = await checkpoint.statistics()
  await checkpoint.close()
  expect(tensors).toHaveLength(Object.keys(expected).length)
  for (const tensor of tensors) {
    const { elements, zeros, min, max, mean, std } = expected[tensor.name.replace('.weight', '')] as Expected
    expect([tensor.name, tensor.values]).toMatchObject([
      tensor.name,
      { elements, zeros, min, max, mean: expect.closeTo(mean, 12), std: expect.closeTo(std, 12) },
    ])
  }
})
