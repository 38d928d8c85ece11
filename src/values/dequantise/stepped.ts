import { SdinspectError } from '../../errors.ts'
import type { Decoding } from '../statistics/decoded-windows.ts'
import type { Recipe } from './dequantiser.ts'

/** Values, and how far each is from the next that its layout can say. */
export interface SteppedValues {
  readonly values: Float64Array
  readonly steps: Float64Array
}

/** Values that are put in order at once: 8 bytes of each and of its step. */
const mostInOrder = 1 << 24

/**
 * What packed values stand for, in the order of the weight, with the step at each: by how much it changes with the lowest bit
 * of its number.
 *
 * @param windows of whole elements
 * @param elements of the weight: what is beyond them is padding
 * @throws SdinspectError `unsupported/feature` where they end early, or are too many to be put in order
 */
export async function* steppedValues(
  windows: AsyncIterable<Uint8Array>,
  { unit, decode }: Decoding,
  { bits, order, isUneven }: Recipe,
  elements: number,
): AsyncGenerator<SteppedValues> {
  const span = Math.min(order?.span ?? 1, elements)
  if (span > mostInOrder || (isUneven && order === undefined))
    throw new SdinspectError('unsupported/feature', 'its values are not put in the order of the weight')
  const lowest = lowestBits(unit, bits)
  const place = order?.place.bind(order)
  let run = place && runOf(span)
  let [offset, at] = [0, 0]
  let rest = new Uint8Array()
  for await (const window of windows) {
    const bytes = new Uint8Array(rest.length + window.length)
    bytes.set(rest)
    bytes.set(window, rest.length)
    const whole = bytes.length - (bytes.length % unit)
    rest = bytes.slice(whole)
    if (whole === 0) continue
    const stored = bytes.subarray(0, whole)
    const own = decode(stored, offset)
    const next = decode(
      stored.map((byte, i) => byte ^ (lowest[i % unit] as number)),
      offset,
    )
    offset += whole
    const values = Float64Array.from(own.subarray(0, Math.max(0, elements - at)))
    const steps = values.map((value, i) => finiteOrZero(Math.abs((next[i] as number) - value)))
    if (place === undefined || run === undefined) {
      at += values.length
      yield { values, steps }
      continue
    }
    for (let i = 0; i < values.length; i++) {
      const to = place(at) % span
      run.values[to] = values[i] as number
      run.steps[to] = steps[i] as number
      if (++at % span !== 0) continue
      yield run
      run = runOf(span)
    }
  }
  if (at < elements || at % span !== 0)
    throw new SdinspectError(
      'unsupported/feature',
      `it holds ${at} values, and stands for ${elements} weights`,
    )
}

function runOf(length: number): SteppedValues {
  return { values: new Float64Array(length), steps: new Float64Array(length) }
}

/** The largest number of a type of floats has no next one. */
function finiteOrZero(step: number): number {
  return Number.isFinite(step) ? step : 0
}

/** The lowest bit of each number of a unit. */
function lowestBits(unit: number, bits: number): Uint8Array {
  const mask = new Uint8Array(unit)
  for (let bit = 0; bit < 8 * unit; bit += bits)
    mask[bit >> 3] = (mask[bit >> 3] as number) | (1 << (bit & 7))
  return mask
}

/** Values of blocks whose numbers and scales lie among each other: a run of them shares a step, the least distance in it. */
const blockRun = 16

/** The same of windows of float32 that blocks stand for. */
export function withBlockSteps(values: Float64Array): SteppedValues {
  const steps = new Float64Array(values.length)
  for (let from = 0; from < values.length; from += blockRun) {
    const run = values.slice(from, from + blockRun).sort()
    let least = Number.POSITIVE_INFINITY
    for (let i = 1; i < run.length; i++) {
      const distance = (run[i] as number) - (run[i - 1] as number)
      if (distance > 0 && distance < least) least = distance
    }
    steps.fill(finiteOrZero(least), from, from + blockRun)
  }
  return { values, steps }
}
