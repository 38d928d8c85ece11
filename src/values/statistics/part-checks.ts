import { quoted, SdinspectError } from '../../errors.ts'
import { dtypes, isComplex } from '../../model/tensors/dtype.ts'
import { elementsOf } from '../../model/tensors/tensor.ts'
import { targetTypes } from '../../model/values/statistics.ts'
import { inSumUnits } from './scaled-integer.ts'
import { partSlices } from './slices.ts'
import type { StatisticsPart, WrittenState } from './statistics-part.ts'
import type { StatisticsPlan, ValueItem } from './statistics-plan.ts'

/** Parts of one work: more are of no machine there is. */
const mostParts = 1_000_000

/**
 * Refuses a part that no reading gives: anything of another type than is written, slices that are not the share of
 * this part, and numbers that contradict each other. It may still be of another file, which is another question.
 *
 * @throws SdinspectError `usage/arguments`
 */
export function refuseImpossible(given: StatisticsPart): void {
  const { part, files, stateDict, sampled, plan, slices } = given
  if (!isRecord(part)) throw impossible('', 'it does not say which one it is')
  const label = `part ${String(part.index)} of ${String(part.of)}`
  const hold = (isSo: boolean, what: string): void => {
    if (!isSo) throw impossible(label, what)
  }
  hold(
    isCount(part.of) &&
      isCount(part.index) &&
      part.index >= 1 &&
      part.index <= part.of &&
      part.of <= mostParts,
    'there is no such part',
  )
  hold(typeof stateDict === 'string', 'it names no state dict')
  hold(typeof sampled === 'string', 'it does not say which bytes it was read from')
  hold(
    Array.isArray(files) &&
      files.every((file) => isRecord(file) && typeof file.name === 'string' && isCount(file.bytes)),
    'its files have no names or sizes',
  )
  hold(isPlan(plan), 'its list of tensors is not one that is written')
  hold(Array.isArray(slices) && slices.every(isRecord), 'it has no slices')
  const shares = partSlices(plan.items, part.index, part.of)
  shares.forEach(({ item, from, to }, at) => {
    const own = slices[at]
    const isShare = own?.item === item && own.from === from && own.to === to
    hold(isShare, `its slices do not fit: bytes ${from} to ${to} of a tensor are its share`)
  })
  hold(slices.length === shares.length, 'it has more slices than its share')
  for (const slice of slices) {
    const item = plan.items[slice.item] as ValueItem
    const name = quoted(plan.tensors[item.index]?.name ?? '')
    if ('error' in slice) {
      const { error } = slice
      const isError = isRecord(error) && typeof error.code === 'string' && typeof error.message === 'string'
      hold(isError, `what it says of ${name} is no error`)
      continue
    }
    const why = isRecord(slice.state) ? whyImpossible(slice.state, item, slice) : 'it has none'
    hold(why === null, `what it says of the values of ${name} is of no values: ${why}`)
  }
}

function isPlan(plan: StatisticsPlan): boolean {
  if (!isRecord(plan) || ![plan.tensors, plan.items, plan.uncovered].every(Array.isArray)) return false
  const { tensors, items, uncovered } = plan
  const isPlace = (place: unknown): boolean => isCount(place) && place < tensors.length
  return (
    tensors.every(
      (one) => isRecord(one) && typeof one.name === 'string' && (one.sameAs === null || isPlace(one.sameAs)),
    ) &&
    items.every((one) => isRecord(one) && isPlace(one.index) && isItem(one)) &&
    uncovered.every(
      (one) => isRecord(one) && isPlace(one.index) && typeof one.reason === 'string' && isCount(one.bytes),
    )
  )
}

function isItem({ dtype, shape, elements, bytes, part, isRun }: ValueItem): boolean {
  return (
    typeof dtype === 'string' &&
    Object.hasOwn(dtypes, dtype) &&
    Array.isArray(shape) &&
    // Beside a dimension of nothing another may be larger than counts are.
    shape.every((size) => Number.isInteger(size) && size >= 0) &&
    elements === elementsOf(shape) &&
    bytes === Math.ceil((elements * dtypes[dtype].bits) / 8) &&
    (part === undefined || typeof part === 'string') &&
    typeof isRun === 'boolean'
  )
}

/** Why no run of values of a type comes to this; null where one may. */
function whyImpossible(
  state: WrittenState['state'],
  { dtype, elements: all }: ValueItem,
  { from, to }: { readonly from: number; readonly to: number },
): string | null {
  const { elements, nan, positiveInfinity, negativeInfinity, zeros, subnormal, exactBlocks } = state
  const counts = { elements, nan, positiveInfinity, negativeInfinity, zeros, subnormal, exactBlocks }
  for (const [name, count] of Object.entries(counts)) if (!isCount(count)) return `${name} is no count`
  const perByte = 8 / dtypes[dtype].bits
  const expected = Math.min(all, Math.round(to * perByte)) - Math.round(from * perByte)
  if (elements !== expected) return `${elements} elements where there are ${expected}`
  const finite = elements - nan - positiveInfinity - negativeInfinity
  if (finite < zeros + subnormal) return `more is counted than the ${elements} elements`
  const { min, max, modulus, sum, imaginarySum, squares, representable, cells } = state
  if (![sum, squares, ...(imaginarySum === null ? [] : [imaginarySum])].every(isWrittenSum))
    return 'a sum is none'
  if (squares.startsWith('-')) return 'a sum of squares below zero'
  const complex = isComplex(dtype)
  if ((imaginarySum !== null) !== complex) return `parts that ${dtype} does not have`
  if (complex ? modulus !== null && !(isNumber(modulus) && modulus >= 0) : modulus !== null)
    return 'a modulus that is none'
  if (!isExtreme(min) || !isExtreme(max)) return 'an extreme that is no number'
  if ((min === null) !== (max === null) || (!complex && (min === null) !== (finite === 0)))
    return 'extremes and finite values do not fit'
  if (min !== null && max !== null) {
    if (inUnits(min) > inUnits(max)) return `the least, ${min}, is above the most, ${max}`
    const why = sumsOutside(state, finite, [inUnits(min), inUnits(max)])
    if (why !== null) return why
  }
  const isTarget = (count: unknown): boolean => isCount(count) && count <= elements
  if (
    representable !== null &&
    !(isList(representable, isTarget) && representable.length === targetTypes.length)
  )
    return 'more fits into other types than there is'
  return cells === null ? null : whyNoCells(cells, finite)
}

/** The mean is between the extremes, and so is that of the squares; what is summed in doubles may round. */
function sumsOutside(
  { sum, squares }: WrittenState['state'],
  finite: number,
  [min, max]: readonly [bigint, bigint],
): string | null {
  const count = BigInt(finite)
  const total = readSum(sum)
  const most = max > -min ? max : -min
  const slack = (count * most) >> 30n
  if (total < count * min - slack || total > count * max + slack)
    return 'a mean that is outside of its extremes'
  const power = count * most * most
  return readSum(squares) > power + (power >> 20n) ? 'squares that are more than those of its extremes' : null
}

function whyNoCells(cells: readonly number[], finite: number): string | null {
  if (!isList(cells, Number.isSafeInteger) || cells.length % 2 !== 0) return 'a distribution that is none'
  let total = 0
  let key = 0
  for (let i = 0; i < cells.length; i += 2) {
    const [step, count] = [cells[i] as number, cells[i + 1] as number]
    if ((i > 0 && step < 1) || count < 1) return 'a distribution that is none'
    key += step
    if ((key | 0) !== key) return 'a distribution that is none'
    total += count
  }
  return total === finite ? null : `${total} values in its distribution, and ${finite} are finite`
}

const sumText = /^(-?)([0-9a-f]{1,2000})(?:\+(\d{1,4}))?$/

function isWrittenSum(text: unknown): text is string {
  return typeof text === 'string' && sumText.test(text)
}

/** A sum as it is written, which `isWrittenSum`. */
export function readSum(text: string): bigint {
  const [, sign, digits, zeros] = sumText.exec(text) ?? []
  if (digits === undefined) throw impossible('', 'it has a sum that is none')
  const magnitude = BigInt(`0x${digits}`) << BigInt(4 * Number(zeros ?? 0))
  return sign === '-' ? -magnitude : magnitude
}

function isExtreme(value: unknown): boolean {
  return value === null || isNumber(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value))
}

function inUnits(value: number | string): bigint {
  return typeof value === 'string' ? BigInt(value) << 1_074n : inSumUnits(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isList(value: unknown, each: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(each)
}

/** Whether a parsed value is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What refuses a part that no run wrote. */
export function impossible(label: string, why: string): SdinspectError {
  return new SdinspectError(
    'usage/arguments',
    `${label === '' ? 'a part' : label} is not as it was written: ${why}`,
    {
      hint: 'compute it again: parts are not to be changed',
    },
  )
}
