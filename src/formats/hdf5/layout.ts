import type { Fields } from './fields.ts'

// HDF5 File Format Specification 3.0, IV.A.2.i: the data layout message.

/** Where the values of a dataset are. */
export type Layout =
  /** In the object header: `at` bytes from the start of the message. */
  | { readonly kind: 'compact'; readonly at: number; readonly length: number }
  /** In one run; `address` is null where nothing was written. */
  | { readonly kind: 'contiguous'; readonly address: number | null; readonly length: number | null }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'virtual' }

/** @throws SdinspectError `format/malformed`, `unsupported/feature` */
export function readLayout(fields: Fields): Layout {
  const version = fields.u8()
  if (version < 1 || version > 5) throw fields.unsupported(`has a data layout of version ${version}`)
  if (version < 3) return oldLayout(fields)
  const kind = fields.u8()
  switch (kind) {
    case 0: {
      const length = fields.u16()
      const at = fields.at
      fields.take(length)
      return { kind: 'compact', at, length }
    }
    case 1: {
      const address = fields.address()
      return { kind: 'contiguous', address, length: fields.length() }
    }
    case 2:
      return { kind: 'chunked' }
    case 3:
      return { kind: 'virtual' }
    default:
      throw fields.malformed(`has a data layout of class ${kind}`)
  }
}

function oldLayout(fields: Fields): Layout {
  const rank = fields.u8()
  const kind = fields.u8()
  fields.take(5)
  if (kind > 2) throw fields.malformed(`has a data layout of class ${kind}`)
  const address = kind === 0 ? null : fields.address()
  if (kind === 2) return { kind: 'chunked' }
  fields.take(4 * rank)
  if (kind === 1) return { kind: 'contiguous', address, length: null }
  const length = fields.u32()
  const at = fields.at
  fields.take(length)
  return { kind: 'compact', at, length }
}
