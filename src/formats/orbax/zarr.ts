import { parseJson } from '../../codec/json.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Plain, PlainMap } from '../../model/checkpoint.ts'
import { type DType, dtypeOfTorch } from '../../model/tensors/dtype.ts'
import { numpyTypes } from '../numpy-types.ts'

/**
 * What a description of zarr says of its array: `.zarray` of version 2 (`dtype: "<f4"`), `zarr.json` of version 3
 * (`data_type: "float32"`). Types that are none of torch are null.
 *
 * @throws SdinspectError `format/malformed`
 */
export function zarrArray(
  bytes: Uint8Array,
  name: string,
  limits: Limits,
): { readonly shape: readonly number[]; readonly dtype: DType | null } {
  const what = `the description of ${quoted(name)}`
  const document = parseJson(bytes, { limits, what, longNames: limits.longNames })
  const get = (key: string): Plain | undefined =>
    document instanceof Map ? (document as PlainMap).get(key) : undefined
  const [shape, type] = [get('shape'), get('dtype') ?? get('data_type')]
  if (
    !Array.isArray(shape) ||
    !shape.every((length) => Number.isSafeInteger(length) && (length as number) >= 0)
  )
    throw new SdinspectError('format/malformed', `${what} has no shape of lengths`, { tensor: name })
  withinLimit(limits, 'dimensions', shape.length, `the number of dimensions of ${quoted(name)}`)
  return { shape: shape as readonly number[], dtype: typeof type === 'string' ? typeOf(type) : null }
}

function typeOf(type: string): DType | null {
  const numpy = /^[<>|]([a-z]\d+)$/.exec(type)?.[1]
  return (numpy === undefined ? dtypeOfTorch(type) : numpyTypes.get(numpy)) ?? null
}
