import { RealNumber } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import { elementsOf, type Tensor } from '../../model/tensor.ts'

/** Texts that people write where JSON has no number for it. */
const spelledNonfinite = new Set(['nan', 'inf', 'infinity', '+inf', '-inf', '+infinity', '-infinity'])

/** A value as `tolist()` gives it: nested lists, or one number for a tensor without dimensions. */
export type ListValue = NumberList | RealNumber | number | bigint | boolean

export function isListValue(value: unknown): value is ListValue {
  return (
    value instanceof NumberList ||
    value instanceof RealNumber ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
  )
}

/**
 * The tensor that nested lists are. Its element type is not recorded, but that of booleans: only a bool
 * tensor is written with `true` and `false`.
 *
 * @throws SdinspectError `format/malformed` where the lists are ragged or hold other things than numbers
 */
export function listTensor(name: string, value: ListValue, limits: Limits): Tensor {
  if (value instanceof NumberList && value.fault !== null) {
    const { problem, error } = value.fault
    const cause = error()
    throw new SdinspectError('format/malformed', `tensor ${quoted(name)}: ${cause.message}`, {
      tensor: name,
      offset: cause.offset,
      hint: problem.startsWith('a string') || problem.startsWith('null') ? nonfiniteHint : undefined,
    })
  }
  const shape = value instanceof NumberList ? value.shape : []
  withinLimit(limits, 'dimensions', shape.length, `the rank of tensor ${quoted(name)}`)
  const isBoolean = value instanceof NumberList ? value.form === 'booleans' : typeof value === 'boolean'
  const elements = elementsOf(shape)
  return {
    name,
    dtype: isBoolean ? 'BOOL' : null,
    shape,
    elements,
    bytes: isBoolean ? elements : null,
    values: 'layout not known',
    tiedTo: null,
  }
}

const nonfiniteHint =
  'write NaN and infinities bare, as json.dump of Python does: a text or null is no number'

/** Refuses a text that means a number: passed over, it would be a tensor that is silently not there. */
export function refuseSpelledNumber(name: string, value: string): void {
  if (value.length > 9 || !spelledNonfinite.has(value.toLowerCase())) return
  throw new SdinspectError(
    'format/malformed',
    `tensor ${quoted(name)} is the text ${quoted(value)}, expected a number`,
    {
      tensor: name,
      hint: nonfiniteHint,
    },
  )
}

/** How a value's numbers are written: `3` or `3.0`. */
export function writtenForm(value: ListValue): NumberList['form'] {
  if (value instanceof NumberList) return value.form
  if (value instanceof RealNumber) return 'reals'
  return typeof value === 'boolean' ? 'booleans' : 'integers'
}

export function hasNonfinite(value: ListValue): boolean {
  return value instanceof NumberList
    ? value.hasNonfinite
    : value instanceof RealNumber && !Number.isFinite(value.value)
}
