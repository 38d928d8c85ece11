import { SdinspectError } from '../errors.ts'
import { type DType, dtypes, isComplex } from '../model/tensors/dtype.ts'
import type { Values } from '../model/values/values.ts'

/** Types whose highest bit is a sign and nothing else: E8M0 has none, and FNUZ types have one zero. */
const withSignBit: ReadonlySet<DType> = new Set([
  'F8_E5M2',
  'F8_E4M3',
  'F16',
  'BF16',
  'F32',
  'F64',
  'C32',
  'C64',
  'C128',
])
const twosComplement: ReadonlySet<DType> = new Set(['U8', 'I8', 'I16', 'U16', 'I32', 'U32', 'I64', 'U64'])

/** Whether stored bytes are the values already, little-endian and as they count. */
export function areAsStored({ bigEndian, conj, neg }: Values): boolean {
  return !bigEndian && !conj && !neg
}

/**
 * Turns stored elements into the values that they count as, in place: byte order, then torch's conjugate and
 * negative bits.
 *
 * @param bytes whole elements
 * @throws SdinspectError `unsupported/feature` for the negatives of a type that has no plain ones
 */
export function applyBits(bytes: Uint8Array, dtype: DType, { bigEndian, conj, neg }: Values): void {
  const parts = isComplex(dtype) ? 2 : 1
  const width = dtypes[dtype].bits / 8 / parts
  if (bigEndian) swap(bytes, width)
  if (conj) flipSigns(bytes, 2 * width - 1, 2 * width)
  if (!neg) return
  if (withSignBit.has(dtype)) flipSigns(bytes, width - 1, width)
  else if (twosComplement.has(dtype)) negate(bytes, width)
  else
    throw new SdinspectError(
      'unsupported/feature',
      `negatives of ${dtype} are stored, and torch makes none such`,
    )
}

function swap(bytes: Uint8Array, width: number): void {
  for (let begin = 0; begin + width <= bytes.length; begin += width) {
    for (let low = begin, high = begin + width - 1; low < high; low++, high--) {
      const byte = bytes[low] as number
      bytes[low] = bytes[high] as number
      bytes[high] = byte
    }
  }
}

/** The signs that are in the byte `at` and every `step` bytes after it. */
function flipSigns(bytes: Uint8Array, at: number, step: number): void {
  for (let i = at; i < bytes.length; i += step) bytes[i] = (bytes[i] as number) ^ 0x80
}

function negate(bytes: Uint8Array, width: number): void {
  for (let begin = 0; begin + width <= bytes.length; begin += width) {
    let carry = 1
    for (let i = begin; i < begin + width; i++) {
      const sum = (~(bytes[i] as number) & 255) + carry
      bytes[i] = sum & 255
      carry = sum >> 8
    }
  }
}
