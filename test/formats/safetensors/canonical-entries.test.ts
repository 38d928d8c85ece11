import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSdinspectError } from '../../../src/errors.ts'
import { parseHeader } from '../../../src/formats/safetensors/header.ts'
import { defaultLimits } from '../../../src/limits.ts'

const limits = { ...defaultLimits, tensors: 6, dimensions: 3, nameBytes: 20 }

/** What a header is read as, or what it is refused for without the place. */
function read(text: string): unknown {
  try {
    const header = parseHeader(new TextEncoder().encode(text), { limits, file: 'x' })
    const { tensors, dataOffset, ...rest } = header
    return {
      ...rest,
      hasTensor: undefined,
      tensors: tensors.map((tensor, index) => ({
        ...tensor,
        values: [tensors.offsets[index], tensors.end(index)].map((at) => (at ?? 0) - dataOffset),
      })),
    }
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return `${error.code} ${error.message.replaceAll(/\d+/g, '#')} ${error.tensor}`
  }
}

/** JSON text with a space at each place where the short way to write it has none, so that none of it is canonical. */
function spaced(entry: string): string {
  return entry.replaceAll(/"(dtype|shape|data_offsets)":/g, '"$1": ')
}

const number = fc.oneof(
  fc.nat({ max: 9 }).map(String),
  fc.constantFrom(
    '00',
    '01',
    '-1',
    '1.0',
    '1e1',
    '123456789012345',
    '1234567890123456',
    '18446744073709551616',
    '',
  ),
)
const entry = fc.record({
  name: fc.oneof(
    fc.constantFrom(
      'a',
      'a.b',
      'é',
      '\\u0061',
      '',
      '__metadata__',
      '"',
      '\\n',
      'x'.repeat(21),
      '\u007f',
      '\u0001',
    ),
    fc.string({ maxLength: 3 }).map((name) => JSON.stringify(name).slice(1, -1)),
  ),
  dtype: fc.constantFrom('F32', 'F32', 'U8', 'F8_E4M3', 'F8_E4M3FNUZ', 'F4', 'f32', 'F3'),
  shape: fc.oneof(fc.constant(['1']), fc.array(number, { maxLength: 4 })),
  begin: number,
  length: fc.oneof(fc.constantFrom(4, 1), fc.nat({ max: 9 })),
  form: fc.constantFrom('', '', '', ' ', 'x', ','),
})

describe('canonical entries', () => {
  it('are read, and refused, as they are in any other writing', () => {
    let end = 0
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), fc.boolean(), (entries, isTiled) => {
        end = 0
        const texts = entries.map(({ name, dtype, shape, begin, length, form }) => {
          const from = isTiled ? String(end) : begin
          end += length
          return `"${name}":{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${from},${Number(from) + length}]${form}}`
        })
        expect(read(`{${texts}}`)).toEqual(read(`{${texts.map(spaced)}}`))
      }),
      { numRuns: 3_000 },
    )
  })

  it.each([
    ['a type that begins another', 'F8_E4M3', 4],
    ['a type that is begun by another', 'F8_E4M3FNUZ', 4],
    ['half bytes', 'F4', 2],
  ])('take %s for what it is', (_, dtype, bytes) => {
    const text = `{"a":{"dtype":"${dtype}","shape":[4],"data_offsets":[0,${bytes}]}}`
    expect(read(text)).toMatchObject({ tensors: [{ name: 'a', dtype, bytes }] })
  })

  it('do not take metadata for a tensor', () => {
    expect(read('{"__metadata__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')).toMatch(
      /^format\/malformed/,
    )
    expect(read('{"__metadata__x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')).toMatchObject({
      tensors: [{ name: '__metadata__x' }],
    })
  })
})
