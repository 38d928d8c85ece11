import type { SdinspectError } from '../errors.ts'
import type { JsonReader } from './json-reader.ts'
import type { NumberType } from './number-pieces.ts'

/**
 * A list of numbers or of true and false, nested or not, as its outline: the numbers themselves are passed
 * over. Nothing is claimed of its values but how they are written.
 */
export class NumberList {
  /** Lengths from the outside in, as the first list of each depth has them. */
  readonly shape: readonly number[]
  /** How the values are written: all without a fraction, all `true` or `false`, or some with a fraction. */
  readonly form: 'integers' | 'booleans' | 'reals' | 'nothing'
  /** The smallest type that holds all of them: integers of 64 bits, or doubles, to which others are rounded. */
  readonly type: NumberType
  /** Where the text of the list is, in the file: from its bracket to past the last one. */
  readonly offset: number
  readonly length: number
  /** NaN or an infinity is among the values. */
  readonly hasNonfinite: boolean
  /** The values of a flat list of integers that is not long: a shape, offsets, indices. */
  readonly integers: readonly (number | bigint)[] | null
  /** Why it is no array of numbers, where it is none: lists of different lengths, texts among numbers. */
  readonly fault: Fault | null

  constructor(outline: Omit<NumberList, 'constructor'>) {
    this.shape = outline.shape
    this.form = outline.form
    this.type = outline.type
    this.offset = outline.offset
    this.length = outline.length
    this.hasNonfinite = outline.hasNonfinite
    this.integers = outline.integers
    this.fault = outline.fault
  }
}

export interface Fault {
  readonly problem: string
  /** In the file. */
  readonly offset: number
  /** The error to throw where an array of numbers was needed. Finding the line costs time, so only then. */
  readonly error: () => SdinspectError
}

/** Integers kept of one flat list. Optimizers list their parameters so. */
const integersKept = 100_000

/** The least and the largest of integers that are too long to be sure of. */
class IntegerRange {
  private low = 0n
  private high = 0n

  add(text: string): void {
    const value = BigInt(text)
    if (value < this.low) this.low = value
    if (value > this.high) this.high = value
  }

  get type(): NumberType {
    return integerType(this.low, this.high)
  }
}

/** Of 64 bits, with a sign where it can be; a double where the integers are none of them. */
export function integerType(low: bigint, high: bigint): NumberType {
  if (low >= -(2n ** 63n) && high < 2n ** 63n) return 'I64'
  return low >= 0n && high < 2n ** 64n ? 'U64' : 'F64'
}

/** What is longer is no integer of 64 bits, whatever it is. */
const longestDigits = 100
const beyond = `1${'0'.repeat(longestDigits)}`

/** Digits, with a sign, of any integer that a double holds exactly. */
const safeDigits = 15

/**
 * Reads the rest of an array whose first element is next and is a number, a boolean or an array. Passes over
 * what does not fit and says so in `fault`. One pass, memory as deep as the nesting.
 *
 * @param begin of the array's bracket, in the file
 */
export function readNumberList(reader: JsonReader, begin: number): NumberList {
  const shape: number[] = [-1]
  const counts = [0]
  let leafDepth = -1
  let fault: Fault | null = null
  let integers: (number | bigint)[] | null = []
  let [hasIntegers, hasReals, hasBooleans, hasNonfinite] = [false, false, false, false]
  const range = new IntegerRange()
  const refuse = (problem: string, offset = reader.offset): void => {
    fault ??= { problem, offset, error: () => reader.error(problem, offset) }
  }
  const leaf = (depth: number): void => {
    if (leafDepth < 0) leafDepth = depth
    else if (leafDepth !== depth) refuse('a number and a list beside each other')
  }
  while (counts.length > 0) {
    const depth = counts.length - 1
    counts[depth] = (counts[depth] as number) + 1
    const kind = reader.peek()
    if (kind === 'array') {
      if (leafDepth >= 0 && depth >= leafDepth) refuse('a number and a list beside each other')
      integers = null
      reader.beginArray()
      counts.push(0)
      if (shape.length < counts.length) shape.push(-1)
    } else if (kind === 'number') {
      leaf(depth)
      const form = reader.scanNumber()
      if (form === 'integer') {
        hasIntegers = true
        if (reader.tokenBytes > safeDigits)
          range.add(reader.tokenBytes < longestDigits ? reader.text() : beyond)
        if (integers !== null) integers.push(integerOf(reader.text()))
        if (integers !== null && integers.length > integersKept) integers = null
      } else {
        integers = null
        hasReals = true
        if (form === 'nonfinite') hasNonfinite = true
      }
    } else if (kind === 'boolean') {
      leaf(depth)
      hasBooleans = true
      integers = null
      reader.boolean()
    } else {
      refuse(`${article(kind)} among numbers`)
      integers = null
      reader.skipValue()
    }
    while (counts.length > 0 && !reader.nextElement()) {
      const length = counts.pop() as number
      const at = counts.length
      if (shape[at] === -1) shape[at] = length
      else if (shape[at] !== length)
        refuse(`lists of ${shape[at]} and of ${length} beside each other`, reader.offset - 1)
    }
  }
  if (leafDepth >= 0 && leafDepth + 1 !== shape.length) refuse('a number and a list beside each other')
  if (hasBooleans && (hasIntegers || hasReals)) refuse('true or false among numbers')
  return new NumberList({
    shape,
    type: hasReals ? 'F64' : hasBooleans ? 'BOOL' : range.type,
    offset: begin,
    length: reader.offset - begin,
    form: hasReals ? 'reals' : hasBooleans ? 'booleans' : hasIntegers ? 'integers' : 'nothing',
    hasNonfinite,
    integers,
    fault,
  })
}

/** The integer that `text` writes, exactly; an infinity for one of more digits than anything here can mean. */
export function integerOf(text: string): number | bigint {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  return text.length <= 400 ? BigInt(text) : value
}

function article(kind: string): string {
  return kind === 'null' ? 'null' : kind === 'object' ? 'an object' : `a ${kind}`
}
