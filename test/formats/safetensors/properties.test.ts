import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSdinspectError, type SdinspectError } from '../../../src/errors.ts'
import { detectFormat, headBytes } from '../../../src/formats/index.ts'
import { safetensors } from '../../../src/formats/safetensors/safetensors.ts'
import { defaultLimits } from '../../../src/limits.ts'
import type { Checkpoint } from '../../../src/model/checkpoint.ts'
import { dtypes, safetensorsDTypes } from '../../../src/model/tensors/dtype.ts'
import { runOf } from '../../../src/model/values/values.ts'
import { memorySource } from '../../../src/source/memory.ts'
import type { ByteSource } from '../../../src/source/source.ts'
import { lastByte } from '../../helpers/chunk.ts'
import { safetensorsBytes } from '../../helpers/safetensors-bytes.ts'

const read = (source: ByteSource) => safetensors.read(source, { limits: defaultLimits })

/** What came of it: a checkpoint or an error of ours. Anything else is thrown on. */
async function outcome(source: ByteSource, readIt = read): Promise<Checkpoint | SdinspectError> {
  try {
    return await readIt(source)
  } catch (error) {
    if (isSdinspectError(error)) return error
    throw error
  }
}

/** A valid header and what is in it. */
const model = fc
  .uniqueArray(
    fc.record({
      name: fc
        .oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-z]{1,4}(\.[0-9a-z]{1,3}){0,3}$/))
        .filter((name) => name !== '__metadata__'),
      dtype: fc.constantFrom(...safetensorsDTypes),
      shape: fc.array(fc.nat(5), { maxLength: 4 }),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  )
  .map((tensors) => {
    let offset = 0
    const entries = tensors.map(({ name, dtype, shape: anyShape }) => {
      const { bits } = dtypes[dtype]
      // Four elements of 4 or 6 bits are whole bytes.
      const shape = bits < 8 ? [...anyShape, 4] : anyShape
      const begin = offset
      offset += (shape.reduce((a, b) => a * b, 1) * bits) / 8
      return { name, dtype, shape, begin, end: offset }
    })
    return { entries, bytes: offset }
  })
type Model = typeof model extends fc.Arbitrary<infer T> ? T : never

function headerText({ entries }: Model): string {
  const members = entries.map(
    ({ name, dtype, shape, begin, end }) =>
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`,
  )
  return `{${members.join(',')}}`
}

describe('reading safetensors', () => {
  it('gives back what any valid header says, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(model, async (made) => {
        const bytes = safetensorsBytes({ header: headerText(made), data: made.bytes })
        const { stateDicts } = await read(memorySource(bytes))
        const dataOffset = bytes.length - made.bytes
        expect([...(stateDicts[0]?.tensors ?? [])]).toEqual(
          made.entries.map(({ name, dtype, shape, begin, end }) => ({
            name,
            dtype,
            shape,
            elements: shape.reduce((a, b) => a * b, 1),
            bytes: end - begin,
            values: runOf('(memory)', dataOffset + begin, end - begin),
            tiedTo: null,
          })),
        )
      }),
    )
  })

  it('gives an answer or an error with a code for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (body, isFramed) => {
        const bytes = isFramed ? safetensorsBytes({ header: body }) : body
        await outcome(memorySource(bytes), async (source) =>
          detectFormat(bytes.subarray(0, headBytes), source).read(source, { limits: defaultLimits }),
        )
      }),
      { numRuns: 2_000 },
    )
  })

  it('gives an answer or an error with a code for any change to a valid file, and never reads past it', async () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(model, fc.array(change, { minLength: 1, maxLength: 4 }), async (made, changes) => {
        let bytes = [...safetensorsBytes({ header: headerText(made), data: made.bytes })]
        for (const { at, drop, insert } of changes) {
          const index = Math.floor(at * bytes.length)
          bytes = [...bytes.slice(0, index), ...insert, ...bytes.slice(index + drop)]
        }
        const result = await outcome(memorySource(Uint8Array.from(bytes)))
        if (!('stateDicts' in result)) return
        const tensors = result.stateDicts[0]?.tensors ?? []
        for (const tensor of tensors) expect(lastByte(tensor)).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses every beginning of a file as empty or truncated', async () => {
    for (const file of ['kohya_lora.safetensors', 'gptq/model.safetensors']) {
      const bytes = readFileSync(new URL(`../../../fixtures/${file}`, import.meta.url))
      for (let length = 0; length < bytes.length; length++) {
        const result = await outcome(memorySource(bytes.subarray(0, length)))
        if (!isSdinspectError(result)) throw new Error(`the first ${length} bytes of ${file} were accepted`)
        expect(result.code).toBe(length === 0 ? 'format/empty' : 'format/truncated')
      }
    }
  })

  it('reads nothing but the length and the header', async () => {
    const bytes = readFileSync(new URL('../../../fixtures/cnn.safetensors', import.meta.url))
    const ranges: [number, number][] = []
    const source = memorySource(bytes)
    await read({
      ...source,
      read(offset, length) {
        ranges.push([offset, length])
        return source.read(offset, length)
      },
    })
    expect(ranges).toEqual([
      [0, 8],
      [8, Number(bytes.readBigUInt64LE())],
    ])
  })

  it('refuses a large header that begins wrong before reading all of it', async () => {
    for (const text of ['[[],', '{"x":0,', '{"a":{"x":[[[[']) {
      const bytes = safetensorsBytes({ header: text.repeat(100_000) })
      let bytesRead = 0
      const result = await outcome({
        ...memorySource(bytes),
        read: async (offset, length) => {
          bytesRead += length
          return bytes.subarray(offset, offset + length)
        },
      })
      expect(result).toMatchObject({ code: 'format/malformed' })
      expect(bytesRead).toBeLessThan(100_000)
    }
  })

  it('passes on an error of the source at any read', async () => {
    const bytes = readFileSync(new URL('../../../fixtures/kohya_lora.safetensors', import.meta.url))
    for (const failing of [0, 1]) {
      let reads = 0
      const broken = new Error('the disk is gone')
      const source: ByteSource = {
        ...memorySource(bytes),
        read: async (offset, length) => {
          if (reads++ === failing) throw broken
          return bytes.subarray(offset, offset + length)
        },
      }
      await expect(read(source)).rejects.toBe(broken)
    }
  })
})
