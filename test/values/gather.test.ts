import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSdinspectError } from '../../src/errors.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { type DType, dtypes } from '../../src/model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../src/model/tensors/tensor.ts'
import type { Chunk } from '../../src/model/values/chunk.ts'
import type { NoValues, Values } from '../../src/model/values/values.ts'
import { memorySource } from '../../src/source/memory.ts'
import type { ByteSource } from '../../src/source/source.ts'
import { gather } from '../../src/values/gather.ts'
import { copyingSource } from '../helpers/sources.ts'

function tensor(dtype: DType | null, shape: readonly number[], values: Values | NoValues): Tensor {
  return { name: 't', dtype, shape, elements: elementsOf(shape), bytes: null, values, tiedTo: null }
}

interface Around {
  readonly limits?: Partial<Limits>
  readonly windowBytes?: number
}

async function gathered(of: Tensor, source: ByteSource, { limits, windowBytes = 1 << 20 }: Around = {}) {
  const context = {
    limits: { ...defaultLimits, ...limits },
    open: async () => source,
    blob: async () => expect.fail('there is no blob'),
  }
  const windows: Buffer[] = []
  for await (const window of gather(of, context, { windowBytes })) windows.push(Buffer.from(window))
  return { windows, bytes: Buffer.concat(windows) }
}

/** The plain way: element by element. */
function oneByOne(
  bytes: Uint8Array,
  width: number,
  offset: number,
  shape: number[],
  strides: number[],
): Buffer {
  const parts: Uint8Array[] = []
  const visit = (axis: number, at: number): void => {
    if (axis === shape.length) parts.push(bytes.subarray(at * width, (at + 1) * width))
    else for (let i = 0; i < (shape[axis] as number); i++) visit(axis + 1, at + i * (strides[axis] as number))
  }
  visit(0, offset)
  return Buffer.concat(parts)
}

const noise = new Uint8Array(200_003).map((_, i) => (i * 2_654_435_761) >>> 11)
const layers = (bytes: number, skip: number, length: number) => [
  { codec: 'deflate', bytes, skip, length } as const,
]

const view = fc
  .record({
    dtype: fc.constantFrom<DType>('U8', 'F4', 'BF16', 'F32', 'I64', 'C128', 'F6_E2M3'),
    dimensions: fc.array(fc.tuple(fc.nat(9), fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(400))), {
      maxLength: 5,
    }),
    offset: fc.nat(50),
    windowBytes: fc.integer({ min: 1, max: 300 }),
    viewBytes: fc.integer({ min: 1, max: 5_000 }),
    isDeflated: fc.boolean(),
  })
  .map((one) => ({
    ...one,
    blocks: one.dimensions.map(([length]) => length),
    strides: one.dimensions.map(([, stride]) => stride),
  }))

describe('a view', () => {
  test('of any shape and strides is what it is element by element, in windows of any size', async () => {
    const packed = deflateRawSync(noise)
    await fc.assert(
      fc.asyncProperty(
        view,
        async ({ dtype, blocks, strides, offset, windowBytes, viewBytes, isDeflated }) => {
          const { block } = dtypes[dtype]
          const span = blocks.includes(0)
            ? 0
            : blocks.reduce((sum, n, i) => sum + (n - 1) * (strides[i] as number), 1)
          const skip = offset * block.bytes
          const length = span * block.bytes
          fc.pre(skip + length <= noise.length)
          // The last dimension of a shape counts elements, that of strides blocks.
          const shape = blocks.map((n, i) => (i === blocks.length - 1 ? n * block.elements : n))
          if (shape.length === 0 && block.elements > 1) return
          const chunk: Chunk = isDeflated
            ? { file: 'x', offset: 0, length: packed.length, layers: layers(noise.length, skip, length) }
            : { file: 'x', offset: skip, length }
          const source = copyingSource(isDeflated ? packed : noise, 'x')
          const of = tensor(dtype, shape, { chunks: [chunk], strides })
          const { bytes, windows } = await gathered(of, source, { windowBytes, limits: { viewBytes } })
          expect(bytes.equals(oneByOne(noise, block.bytes, offset, blocks, strides))).toBe(true)
          for (const window of windows) {
            expect(window.length).toBeLessThanOrEqual(Math.max(48, windowBytes))
            expect(window.length % block.bytes).toBe(0)
          }
        },
      ),
      { numRuns: 1_500 },
    )
  })

  test('takes a piece of memory however far its values are apart', async () => {
    const size = 2 ** 50
    let [largest, reads, total] = [0, 0, 0]
    const source: ByteSource = {
      name: 'huge',
      size,
      async read(offset, length) {
        expect(offset + length).toBeLessThanOrEqual(size)
        reads++
        total += length
        largest = Math.max(largest, length)
        return new Uint8Array(length)
      },
    }
    const strides = [2 ** 40, 2 ** 30, 1]
    const chunk = { file: 'huge', offset: 0, length: size }
    const { bytes } = await gathered(tensor('F32', [200, 200, 3], { chunks: [chunk], strides }), source)
    expect(bytes.length).toBe(200 * 200 * 12)
    expect(largest).toBe(12)
    expect(reads).toBe(40_000)
    const near = await gathered(
      tensor('F32', [1_000, 1_000], { chunks: [chunk], strides: [1, 1_000] }),
      source,
    )
    expect(near.bytes.length).toBe(4_000_000)
    expect(largest).toBeLessThanOrEqual(2 ** 20)
    expect(total).toBeLessThan(6_000_000)
  })

  test('that repeats one value for ever can be left', async () => {
    const of = tensor('F32', [2 ** 26, 2 ** 26], {
      chunks: [{ file: 'x', offset: 0, length: 4 }],
      strides: [0, 0],
    })
    const context = {
      limits: defaultLimits,
      open: async () => memorySource(noise),
      blob: async () => expect.fail(),
    }
    let windows = 0
    for await (const window of gather(of, context, { windowBytes: 4_096 })) {
      expect(Buffer.from(window.subarray(0, 4)).equals(noise.subarray(0, 4))).toBe(true)
      if (++windows === 3) break
    }
    expect(windows).toBe(3)
  })
})

describe('boxes', () => {
  const box = (start: number[], shape: number[], offset: number): Chunk => ({
    file: 'x',
    offset,
    length: elementsOf(shape) * 2,
    box: { start, shape },
  })
  const whole = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => i).buffer)
  // A [4, 6] tensor in four uneven boxes, each row by row.
  const rows = (r0: number, r1: number, c0: number, c1: number) => {
    const found: number[] = []
    for (let r = r0; r < r1; r++) for (let c = c0; c < c1; c++) found.push(r * 6 + c)
    return found
  }
  const stored = Buffer.from(
    Uint16Array.from([...rows(0, 1, 0, 4), ...rows(1, 4, 0, 4), ...rows(0, 3, 4, 6), ...rows(3, 4, 4, 6)])
      .buffer,
  )
  const chunks = [
    box([0, 0], [1, 4], 0),
    box([1, 0], [3, 4], 8),
    box([0, 4], [3, 2], 32),
    box([3, 4], [1, 2], 44),
  ]

  test.each([1, 48, 1_000])('are put together in windows of %d bytes', async (windowBytes) => {
    const { bytes } = await gathered(tensor('I16', [4, 6], { chunks }), memorySource(stored), { windowBytes })
    expect(bytes.equals(whole)).toBe(true)
  })

  test('that leave a hole or lie on each other are refused', async () => {
    const refused = async (some: Chunk[]) =>
      gathered(tensor('I16', [4, 6], { chunks: some }), memorySource(stored)).then(
        () => expect.fail('it was gathered'),
        (error) => `${error.code}: ${error.message}`,
      )
    expect(await refused(chunks.slice(1))).toBe(
      'format/malformed: the parts that the tensor is stored in hold 20 of 24 values',
    )
    expect(await refused([...chunks, box([0, 0], [1, 1], 0)])).toContain('hold 25 of 24 values')
    expect(await refused([])).toContain('hold 0 of 24 values')
  })
})

describe('bits', () => {
  const f32 = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer)
  const run = (bytes: Buffer, dtype: DType, shape: number[], bits: Partial<Values>) =>
    gathered(
      tensor(dtype, shape, { chunks: [{ file: 'x', offset: 0, length: bytes.length }], ...bits }),
      memorySource(bytes),
    ).then((got) => got.bytes)

  test('turn byte order, conjugates and negatives, and leave the file in memory alone', async () => {
    const stored = f32(1, 2, 3, -4)
    const before = Buffer.from(stored)
    expect(await run(stored, 'C64', [2], { conj: true })).toEqual(f32(1, -2, 3, 4))
    expect(await run(stored, 'F32', [4], { neg: true })).toEqual(f32(-1, -2, -3, 4))
    expect(await run(stored, 'C64', [2], { conj: true, neg: true })).toEqual(f32(-1, 2, -3, -4))
    expect(await run(stored, 'F32', [2, 2], { strides: [1, 2], neg: true })).toEqual(f32(-1, -3, -2, 4))
    expect(await run(Buffer.of(1, 2, 3, 4, 5, 6, 7, 8), 'C64', [1], { bigEndian: true })).toEqual(
      Buffer.of(4, 3, 2, 1, 8, 7, 6, 5),
    )
    expect(await run(Buffer.of(1, 0, 0, 128, 255, 255), 'I16', [3], { neg: true })).toEqual(
      Buffer.of(255, 255, 0, 128, 1, 0),
    )
    expect(stored).toEqual(before)
  })

  test('keep the bits of a NaN', async () => {
    const nan = Buffer.of(1, 0, 0xa0, 0x7f, 2, 0, 0xa0, 0x7f)
    expect(await run(nan, 'F32', [2], { strides: [1] })).toEqual(nan)
    const wide = Buffer.of(1, 0, 0, 0, 0, 0, 0xf4, 0x7f, 9, 0, 0, 0, 0, 0, 0xf4, 0xff)
    expect(await run(wide, 'F64', [2, 1], { strides: [1, 7] })).toEqual(wide)
  })

  test('that no type of torch has are refused', async () => {
    await expect(run(Buffer.of(1), 'F8_E8M0', [1], { neg: true })).rejects.toThrow('negatives of F8_E8M0')
  })
})

describe('what lies', () => {
  const refusal = async (of: Tensor, bytes: Uint8Array) => {
    try {
      await gathered(of, memorySource(bytes))
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      expect(error.tensor).toBe('t')
      return `${error.code}: ${error.message}`
    }
    return 'gathered'
  }
  const packed = deflateRawSync(noise)
  const deflated = (over: Partial<Chunk>, bytes = noise.length) =>
    tensor('U8', [bytes], {
      chunks: [{ file: 'x', offset: 0, length: packed.length, layers: layers(bytes, 0, bytes), ...over }],
    })

  test('is refused with a code, and the tensor', async () => {
    const plain = (length: number, shape: number[]) =>
      tensor('F32', shape, { chunks: [{ file: 'x', offset: 0, length }] })
    expect(await refusal(plain(16, [8]), noise)).toContain('format/truncated')
    expect(await refusal(plain(400_000, [100_000]), noise)).toContain('format/truncated')
    expect(await refusal(deflated({}), packed)).toBe('gathered')
    expect(await refusal(deflated({}), packed.subarray(0, 1_000))).toContain('format/truncated')
    expect(await refusal(deflated({ length: 2_000 }), packed)).toContain('is cut off at 2000')
    expect(await refusal(deflated({}, noise.length + 1), packed)).toContain('were announced')
    expect(await refusal(deflated({}, noise.length - 1), packed)).toContain('gives more than the')
    // As much as is decoded at once: what follows has to be looked at too.
    expect(await refusal(deflated({}, 163_840), packed)).toContain('gives more than the')
    expect(await refusal(tensor('F32', [2], 'meta'), noise)).toContain('usage/no-values')
    expect(await refusal(tensor('F32', [2], 'layout not known'), noise)).toContain('usage/no-values')
  })

  test('about its size is refused before anything is decoded', async () => {
    const zeros = deflateRawSync(new Uint8Array(10_000_000))
    const of = tensor('U8', [10_000_000], {
      chunks: [{ file: 'x', offset: 0, length: zeros.length, layers: layers(10_000_000, 0, 10_000_000) }],
    })
    expect(await refusal(of, zeros)).toContain('over the limit zipExpansion=200')
    const { bytes } = await gathered(of, memorySource(zeros), { limits: { zipExpansion: 2_000 } })
    expect(bytes.equals(new Uint8Array(10_000_000))).toBe(true)
  })

  test('in a part of a view is refused too', async () => {
    const of = tensor('F32', [4, 4], { chunks: [{ file: 'x', offset: 0, length: 40 }], strides: [1, 4] })
    expect(await refusal(of, noise)).toContain('format/truncated')
  })
})
