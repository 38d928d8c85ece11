import { RealNumber, type TextRun } from '../../codec/json-skeleton.ts'
import { integerType, NumberList } from '../../codec/number-list.ts'
import type { NumberType } from '../../codec/number-pieces.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import { decodedBy } from '../../model/values/chunk.ts'
import type { NoValues, Values } from '../../model/values/values.ts'

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
 * @param run where a single number is; a list knows itself
 * @throws SdinspectError `format/malformed` where the lists are ragged or hold other things than numbers
 */
export function listTensor(
  name: string,
  value: ListValue,
  run: TextRun | undefined,
  { limits, file }: { readonly limits: Limits; readonly file: string },
): Tensor {
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
    values: numbersAt(value instanceof NumberList ? value : run, typeOf(value), elements, file),
    tiedTo: null,
  }
}

/** Numbers of a text have no type; these are the ones that lose none of them. */
function typeOf(value: ListValue): NumberType {
  if (value instanceof NumberList) return value.type
  if (typeof value === 'boolean') return 'BOOL'
  if (value instanceof RealNumber) return 'F64'
  // An infinity stands for one of more digits than anything can mean.
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return 'F64'
  return integerType(BigInt(value), BigInt(value))
}

/** Where the values are that a text writes. */
function numbersAt(
  run: TextRun | undefined,
  type: NumberType,
  elements: number,
  file: string,
): Values | NoValues {
  if (run === undefined) return 'layout not known'
  const text = { file, offset: run.offset, length: run.length }
  return { chunks: [decodedBy(text, 'json-numbers', elements * (type === 'BOOL' ? 1 : 8))], type }
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
