import { withinLimit } from '../../limits.ts'
import { elementsOf } from '../../model/tensor.ts'
import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

const typeNull = 2

/**
 * The shape of a dataset or attribute (specification IV.A.2.b); null for one without any element, not even of shape
 * [].
 *
 * @throws SdinspectError `format/malformed`, `limit/exceeded`
 */
export function readShape(fields: Fields, { limits, widths }: Hdf5File, what: string): number[] | null {
  const version = fields.u8()
  if (version !== 1 && version !== 2) throw fields.malformed(`has a dataspace of version ${version}`)
  const rank = fields.u8()
  withinLimit(limits, 'dimensions', rank, `the number of dimensions of ${what}`)
  fields.u8()
  if (version === 1) fields.take(5)
  else if (fields.u8() === typeNull) return null
  const shape = Array.from({ length: rank }, () => fields.uint(widths.length))
  if (!Number.isSafeInteger(elementsOf(shape)))
    throw fields.malformed('has more elements than can be counted')
  return shape
}
