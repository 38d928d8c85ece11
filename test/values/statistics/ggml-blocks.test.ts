import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type DType, dtypes } from '../../../src/model/tensors/dtype.ts'
import { open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { blockDecoder } from '../../../src/values/statistics/ggml-blocks.ts'
import { portableKernel } from '../../../src/values/statistics/portable-kernels.ts'
import { loadSimd, type SimdKernels } from '../../../src/values/statistics/simd-kernels.ts'
import { ggufBytes } from '../../formats/gguf/gguf-bytes.ts'
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

  it('are given as those values by values() where somebody asks, in windows of any size', async () => {
    for (const windowBytes of [undefined, 1, 4_000]) {
      const checkpoint = await open(file)
      const hash = createHash('sha256')
      try {
        const options = { dequantised: true, ...(windowBytes && { windowBytes }) }
        let next = 0
        for await (const { dtype, bytes, offset, view } of checkpoint.values(`${type}.weight`, options)) {
          expect([dtype, offset, view instanceof Float32Array]).toEqual(['F32', next, true])
          next += bytes.length
          hash.update(bytes)
        }
        expect(next).toBe(4 * said.elements)
      } finally {
        await checkpoint.close()
      }
      expect(hash.digest('hex')).toBe(said.sha256)
    }
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

// ggml/src/ggml-common.h (block_q8_1, block_q8_K, block_q1_0, block_q2_0) and `dequantize_row_*` of ggml-quants.c.
describe('blocks that gguf-py does not define', () => {
  const decoded = (dtype: DType, bytes: readonly number[]) => {
    const { block } = dtypes[dtype]
    const all = new Uint8Array(block.bytes)
    all.set(bytes)
    const values = new Float32Array(block.elements)
    blockDecoder(dtype)?.(all, 0, values, 0)
    return Array.from(values)
  }
  /** 0.5 as a half, 0.25 as a float. */
  const [half, quarter] = [
    [0x00, 0x38],
    [0x00, 0x00, 0x80, 0x3e],
  ] as const

  it('Q8_1 are a scale, a sum, and numbers of eight bits', () => {
    expect(decoded('Q8_1', [...half, 0xff, 0xff, 2, 0xfe, 127]).slice(0, 4)).toEqual([1, -1, 63.5, 0])
  })

  it('Q8_K are a scale of 32 bits, numbers of eight bits, and sums', () => {
    expect(decoded('Q8_K', [...quarter, 4, 0xfc, 127]).slice(0, 4)).toEqual([1, -1, 31.75, 0])
  })

  it('Q1_0 are a scale with the sign of each bit', () => {
    const values = decoded('Q1_0', [...half, 0b0000_0101, 0x80])
    expect(values.slice(0, 4)).toEqual([0.5, -0.5, 0.5, -0.5])
    expect([values[15], values[16], values.length]).toEqual([0.5, -0.5, 128])
  })

  it('Q2_0 are two bits less one, times a scale', () => {
    const values = decoded('Q2_0', [...half, 0b11_10_01_00])
    expect(values.slice(0, 5)).toEqual([-0.5, 0, 0.5, 1, -0.5])
    expect(values).toHaveLength(64)
  })
})

it('values() leaves what is stored as numbers as it is, and refuses blocks that nobody has defined', async () => {
  const plain = await open(fileURLToPath(new URL('../cnn.safetensors', folder)))
  try {
    for await (const { dtype } of plain.values('fc.weight', { dequantised: true })) expect(dtype).toBe('F32')
  } finally {
    await plain.close()
  }
  const bytes = ggufBytes({ tensors: [{ name: 'w', dimensions: [64], type: 31 }], data: 36 })
  const old = await open(memorySource(bytes, 'old.gguf'))
  try {
    await expect(old.values('w', { dequantised: true }).next()).rejects.toMatchObject({
      code: 'unsupported/feature',
    })
  } finally {
    await old.close()
  }
})
