import { withinLimit } from '../../limits.ts'
import { elementsOf } from '../../model/tensors/tensor.ts'
import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

const typeNull = 2

/** A shape, and the one that it may grow to. */
export interface Shape {
  readonly lengths: number[]
  /** Infinite where that is unlimited. */
  readonly most: readonly number[]
}

/**
 * The shape of a dataset or attribute (specification IV.A.2.b); null for one without any element, not even of shape
 * [].
 *
 * @throws SdinspectError `format/malformed`, `limit/exceeded`
 */
export function readShape(fields: Fields, { limits, widths }: Hdf5File, what: string): Shape | null {
  const version = fields.u8()
  if (version !== 1 && version !== 2) throw fields.malformed(`has a dataspace of version ${version}`)
  const rank = fields.u8()
  withinLimit(limits, 'dimensions', rank, `the number of dimensions of ${what}`)
  const hasMost = (fields.u8() & 1) !== 0
  if (version === 1) fields.take(5)
  else if (fields.u8() === typeNull) return null
  const lengths = Array.from({ length: rank }, () => fields.uint(widths.length))
  if (!Number.isSafeInteger(elementsOf(lengths)))
    throw fields.malformed('has more elements than can be counted')
  return { lengths, most: hasMost ? lengths.map(() => mostOf(fields.take(widths.length))) : lengths }
}

/** All bits set: unlimited. */
function mostOf(bytes: Uint8Array): number {
  if (bytes.every((byte) => byte === 0xff)) return Number.POSITIVE_INFINITY
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0)
}
