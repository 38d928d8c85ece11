import type { DType } from '../../model/tensors/dtype.ts'
import type { Fields } from './fields.ts'

// HDF5 File Format Specification 3.0, IV.A.2.d: the datatype message.

/** What the elements of a dataset or attribute are. */
export type Datatype =
  | { readonly kind: 'numbers'; readonly bytes: number; readonly dtype: DType; readonly isBigEndian: boolean }
  /** Numbers that torch has no type for. */
  | { readonly kind: 'strange'; readonly bytes: number; readonly said: string }
  | { readonly kind: 'text'; readonly bytes: number }
  /** Each element is a length and a place in the global heap. */
  | { readonly kind: 'texts of any length'; readonly bytes: number }
  | { readonly kind: 'other'; readonly bytes: number; readonly said: string }

const classes = [
  'integers',
  'floats',
  'times',
  'texts',
  'bit fields',
  'opaque bytes',
  'records',
  'references',
  'an enumeration',
  'lists of any length',
  'arrays',
]
const mostNesting = 16
const hasBigEndian = 0x01
const isSigned = 0x08

/**
 * Reads one datatype, and passes over all of it.
 *
 * @throws SdinspectError `format/malformed`
 */
export function readDatatype(fields: Fields, depth = 0): Datatype {
  if (depth > mostNesting) throw fields.malformed('has a type inside a type, too deep')
  const head = fields.u8()
  const version = head >> 4
  const kind = head & 0x0f
  if (version < 1 || version > 5) throw fields.malformed(`has a type of version ${version}`)
  const bits = fields.uint(3)
  const bytes = fields.u32()
  if (bytes === 0) throw fields.malformed('has a type of no bytes')
  switch (kind) {
    case 0:
      return integer(fields, bits, bytes)
    case 1:
      return float(fields, bits, bytes)
    case 2:
      fields.take(2)
      return other(kind, bytes)
    case 3:
      return { kind: 'text', bytes }
    case 4:
      fields.take(4)
      return other(kind, bytes)
    case 5:
      fields.take(bits & 0xff)
      return other(kind, bytes)
    case 6:
      return record(fields, version, bits, bytes, depth)
    case 7:
      return other(kind, bytes)
    case 8:
      return enumeration(fields, version, bits, bytes, depth)
    case 9: {
      readDatatype(fields, depth + 1)
      return (bits & 0x0f) === 1 ? { kind: 'texts of any length', bytes } : other(kind, bytes)
    }
    case 10: {
      const rank = fields.u8()
      if (version < 3) fields.take(3)
      fields.take(4 * rank * (version < 3 ? 2 : 1))
      readDatatype(fields, depth + 1)
      return other(kind, bytes)
    }
    default:
      return { kind: 'other', bytes, said: `values of class ${kind}` }
  }
}

function other(kind: number, bytes: number): Datatype {
  return { kind: 'other', bytes, said: classes[kind] as string }
}

function integer(fields: Fields, bits: number, bytes: number): Datatype {
  const offset = fields.u16()
  const precision = fields.u16()
  const width = bytes * 8
  const signed = (bits & isSigned) !== 0
  if (offset !== 0 || precision !== width || ![8, 16, 32, 64].includes(width))
    return { kind: 'strange', bytes, said: `integers of ${precision} bits in ${bytes} bytes` }
  const dtype = `${signed ? 'I' : 'U'}${width}` as DType
  return { kind: 'numbers', bytes, dtype, isBigEndian: (bits & hasBigEndian) !== 0 && bytes > 1 }
}

/** [bytes, exponent's first bit, its bits, mantissa's bits, bias]: the mantissa begins at bit 0, the sign is the last. */
const floats: readonly (readonly [DType, number, number, number, number, number])[] = [
  ['F16', 2, 10, 5, 10, 15],
  ['BF16', 2, 7, 8, 7, 127],
  ['F32', 4, 23, 8, 23, 127],
  ['F64', 8, 52, 11, 52, 1023],
]
const impliedOne = 2

function float(fields: Fields, bits: number, bytes: number): Datatype {
  const offset = fields.u16()
  const precision = fields.u16()
  const [exponentAt, exponentBits, mantissaAt, mantissaBits] = [
    fields.u8(),
    fields.u8(),
    fields.u8(),
    fields.u8(),
  ]
  const bias = fields.u32()
  const isVax = (bits & 0x40) !== 0
  const sign = (bits >> 8) & 0xff
  const found = floats.find(
    ([, size, at, exponent, mantissa, biased]) =>
      size === bytes &&
      at === exponentAt &&
      exponent === exponentBits &&
      mantissa === mantissaBits &&
      biased === bias,
  )
  const isPlain =
    offset === 0 && precision === bytes * 8 && mantissaAt === 0 && sign === precision - 1 && !isVax
  if (found === undefined || !isPlain || ((bits >> 4) & 3) !== impliedOne)
    return {
      kind: 'strange',
      bytes,
      said: `floats of ${precision} bits, ${exponentBits} of them for the exponent`,
    }
  return { kind: 'numbers', bytes, dtype: found[0], isBigEndian: (bits & hasBigEndian) !== 0 }
}

/** A record of two equal floats `r` and `i` is how h5py and Julia write complex numbers. */
function record(fields: Fields, version: number, bits: number, bytes: number, depth: number): Datatype {
  const count = bits & 0xffff
  const members: { readonly name: string; readonly at: number; readonly type: Datatype }[] = []
  for (let i = 0; i < count; i++) {
    const name = paddedText(fields, version)
    const at = version < 3 ? fields.u32() : fields.uint(bytesFor(bytes))
    if (version === 1) fields.take(28)
    members.push({ name, at, type: readDatatype(fields, depth + 1) })
  }
  const [real, imaginary] = members
  if (count === 2 && real?.name === 'r' && imaginary?.name === 'i' && real.at === 0) {
    const { type } = real
    const other = imaginary.type
    if (
      type.kind === 'numbers' &&
      other.kind === 'numbers' &&
      type.dtype === other.dtype &&
      type.isBigEndian === other.isBigEndian &&
      imaginary.at === type.bytes &&
      bytes === 2 * type.bytes &&
      (type.dtype === 'F32' || type.dtype === 'F64')
    )
      return {
        kind: 'numbers',
        bytes,
        dtype: type.dtype === 'F32' ? 'C64' : 'C128',
        isBigEndian: type.isBigEndian,
      }
  }
  return { kind: 'other', bytes, said: `records of ${count} fields` }
}

/** An enumeration of FALSE = 0 and TRUE = 1 in a byte is how h5py writes bool. */
function enumeration(fields: Fields, version: number, bits: number, bytes: number, depth: number): Datatype {
  const base = readDatatype(fields, depth + 1)
  const count = bits & 0xffff
  const names = Array.from({ length: count }, () => paddedText(fields, version))
  const values = fields.take(count * base.bytes)
  const isBool = bytes === 1 && names.join() === 'FALSE,TRUE' && values[0] === 0 && values[1] === 1
  if (isBool) return { kind: 'numbers', bytes, dtype: 'BOOL', isBigEndian: false }
  return other(8, bytes)
}

/** Before version 3 names are padded to a multiple of eight bytes. */
function paddedText(fields: Fields, version: number): string {
  const begin = fields.at
  const text = fields.text()
  if (version < 3) fields.take((8 - ((fields.at - begin) % 8)) % 8)
  return text
}

function bytesFor(size: number): number {
  return size < 0x100 ? 1 : size < 0x1_0000 ? 2 : size < 0x100_0000 ? 3 : 4
}
