import type { Fields } from './fields.ts'

// HDF5 File Format Specification 3.0, IV.A.2.e and f: the fill value messages.

const neverFilled = 1

/**
 * The bytes of one element that was never written, as they would be in the file: zeros where the file says nothing.
 * null where what is read there is left open.
 *
 * @param elementBytes of the dataset's type
 * @throws SdinspectError `format/malformed`
 */
export function readFillValue(fields: Fields, elementBytes: number): Uint8Array | null {
  const version = fields.u8()
  if (version < 1 || version > 3) throw fields.malformed(`has a fill value of version ${version}`)
  if (version === 3) {
    const flags = fields.u8()
    if (((flags >> 2) & 3) === neverFilled || (flags & 0x10) !== 0) return null
    return (flags & 0x20) === 0 ? new Uint8Array(elementBytes) : fillOf(fields, elementBytes)
  }
  fields.take(1)
  const written = fields.u8()
  const isDefined = fields.u8() !== 0
  if (written === neverFilled || (version === 2 && !isDefined)) return null
  return fillOf(fields, elementBytes)
}

/** The message that files from before HDF5 1.6 have in its place. */
export function readOldFillValue(fields: Fields, elementBytes: number): Uint8Array | null {
  return fillOf(fields, elementBytes)
}

function fillOf(fields: Fields, elementBytes: number): Uint8Array | null {
  const length = fields.u32()
  if (length === 0) return new Uint8Array(elementBytes)
  return length === elementBytes ? fields.take(length).slice() : null
}
