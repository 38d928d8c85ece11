import { SdinspectError } from '../errors.ts'
import type { DType } from '../model/tensors/dtype.ts'
import type { ValueDistance } from '../model/values/value-distance.ts'
import type { SteppedValues } from './dequantise/stepped.ts'
import { roundingsOf, roundTo } from './round-to.ts'

/** Elements of a window: whole bytes of every type, and a multiple of what windows begin at. */
export const distanceWindowElements = 48 * 8_192

interface Rounding {
  readonly to: DType
  readonly wide: 'a' | 'b'
  readonly round: (value: number) => number
}

/** Adds up how far two runs of values are apart. */
export class DistanceSum {
  /** What one side may be of the other, as long as no value says otherwise. */
  #roundings: readonly Rounding[]
  #elements = 0
  #differing = 0
  #notFinite = 0
  #maxAbs = 0
  #finite = 0
  #absolute = 0
  #squares = 0
  #squaresA = 0
  #squaresB = 0
  #products = 0
  #steps = 0

  constructor(a: DType, b: DType) {
    this.#roundings = roundingsOf(a, b).map(({ to, wide }) => ({ to, wide, round: roundTo(to) }))
  }

  /**
   * The next values of both, equally many.
   *
   * @param steps of each side, where it is quantised: how far each value is from the next that can be said
   */
  add(a: Float64Array, b: Float64Array, ...steps: readonly (Float64Array | undefined)[]): void {
    for (const own of steps) if (own !== undefined) for (const step of own) this.#steps += step * step
    this.#roundings = this.#roundings.filter(({ wide, round }) =>
      wide === 'a' ? areRounded(a, b, round) : areRounded(b, a, round),
    )
    let [absolute, squares, squaresA, squaresB, products, finite, differing, maxAbs] = [
      0, 0, 0, 0, 0, 0, 0, 0,
    ]
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i] as number, b[i] as number]
      const difference = y - x
      if (difference - difference === 0) {
        const size = Math.abs(difference)
        if (size !== 0) differing++
        if (size > maxAbs) maxAbs = size
        absolute += size
        squares += difference * difference
        squaresA += x * x
        squaresB += y * y
        products += x * y
        finite++
      } else if (!(x === y || (Number.isNaN(x) && Number.isNaN(y)))) {
        differing++
        // A difference of finite values that no double holds is as large as they come.
        if (Number.isFinite(x) && Number.isFinite(y)) maxAbs = Number.MAX_VALUE
        else this.#notFinite++
      }
    }
    this.#elements += a.length
    this.#differing += differing
    this.#finite += finite
    this.#maxAbs = Math.max(this.#maxAbs, maxAbs)
    this.#absolute += absolute
    this.#squares += squares
    this.#squaresA += squaresA
    this.#squaresB += squaresB
    this.#products += products
  }

  result(): ValueDistance {
    const norm = Math.sqrt(this.#squaresA)
    const [rounding] = this.#roundings
    const both = norm * Math.sqrt(this.#squaresB)
    return {
      elements: this.#elements,
      differing: this.#differing,
      notFinite: this.#notFinite,
      maxAbs: this.#maxAbs,
      meanAbs: this.#finite === 0 ? 0 : finiteOr(this.#absolute / this.#finite, this.#maxAbs),
      relativeL2: orNull(Math.sqrt(this.#squares) / norm),
      // Above 1 by the last bits of the sums alone.
      cosine: orNull(Math.max(-1, Math.min(1, this.#products / both))),
      ...(this.#steps > 0 && { steps: Math.sqrt(this.#squares / this.#steps) }),
      ...(rounding !== undefined && this.#differing > 0 && { roundedTo: rounding.to }),
    }
  }
}

function areRounded(wide: Float64Array, narrow: Float64Array, round: (value: number) => number): boolean {
  for (let i = 0; i < wide.length; i++) {
    const [rounded, value] = [round(wide[i] as number), narrow[i] as number]
    if (rounded !== value && !(Number.isNaN(rounded) && Number.isNaN(value))) return false
  }
  return true
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function finiteOr(value: number, other: number): number {
  return Number.isFinite(value) ? value : other
}

/** The values of a side, of a type that is none of quantisation. */
export interface ComparedValues {
  readonly dtype: DType
  readonly values: AsyncIterable<Float64Array | SteppedValues>
}

/**
 * How far two tensors are apart, as their values come by.
 *
 * @throws what reading throws
 */
export async function distanceBetween(a: ComparedValues, b: ComparedValues): Promise<ValueDistance> {
  const sum = new DistanceSum(a.dtype, b.dtype)
  const [readerA, readerB] = [new Runs(a.values), new Runs(b.values)]
  try {
    for (;;) {
      const [runA, runB] = [await readerA.rest(), await readerB.rest()]
      const length = Math.min(runA.length, runB.length)
      if (runA.length !== runB.length && length === 0)
        throw new SdinspectError('internal/bug', 'tensors of different numbers of values were compared')
      if (length === 0) return sum.result()
      const [takenA, takenB] = [readerA.take(length), readerB.take(length)]
      sum.add(takenA.values, takenB.values, takenA.steps, takenB.steps)
    }
  } finally {
    await readerA.end()
    await readerB.end()
  }
}

/** Takes runs of any length out of runs of other lengths. */
class Runs {
  readonly #runs: AsyncIterator<Float64Array | SteppedValues>
  #rest: { readonly values: Float64Array; readonly steps?: Float64Array } = { values: new Float64Array(0) }

  constructor(runs: ComparedValues['values']) {
    this.#runs = runs[Symbol.asyncIterator]()
  }

  /** What is there; nothing at the end. */
  async rest(): Promise<Float64Array> {
    while (this.#rest.values.length === 0) {
      const { value, done } = await this.#runs.next()
      if (done === true) break
      this.#rest = value instanceof Float64Array ? { values: value } : value
    }
    return this.#rest.values
  }

  take(length: number): { readonly values: Float64Array; readonly steps?: Float64Array } {
    const { values, steps } = this.#rest
    const part = (from: number, to?: number) => ({
      values: values.subarray(from, to),
      ...(steps && { steps: steps.subarray(from, to) }),
    })
    this.#rest = part(length)
    return part(0, length)
  }

  async end(): Promise<void> {
    await this.#runs.return?.()
  }
}
