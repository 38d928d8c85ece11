import { type ErrorCode, errorCodes, SdinspectError } from '../../errors.ts'
import type { CheckpointFile } from '../../model/checkpoint.ts'
import type { Exact } from '../../model/values/statistics.ts'
import type { ItemResult } from './checkpoint-statistics.ts'
import { readSum, refuseImpossible } from './part-checks.ts'
import type { Slice } from './slices.ts'
import type { StatisticsPlan } from './statistics-plan.ts'
import { mergedStates, type ValueState } from './value-state.ts'

/**
 * What one part of the work came to, as plain data for JSON. It has the whole plan, so that parts can tell that they are of
 * one work, and put it together without the files.
 */
export interface StatisticsPart {
  readonly part: { readonly index: number; readonly of: number }
  readonly files: readonly CheckpointFile[]
  readonly stateDict: string
  /** Hash of bytes of the files at fixed places (`sampledBytes`). */
  readonly sampled: string
  readonly plan: StatisticsPlan
  readonly slices: readonly (Slice & (WrittenState | WrittenError))[]
}

export interface WrittenState {
  readonly state: Omit<
    ValueState,
    'min' | 'max' | 'sum' | 'imaginarySum' | 'squares' | 'representable' | 'cells'
  > & {
    readonly min: number | string | null
    readonly max: number | string | null
    readonly sum: string
    readonly imaginarySum: string | null
    readonly squares: string
    readonly representable: readonly number[] | null
    /** Of each cell how far it is from the one before, and its count. */
    readonly cells: readonly number[] | null
  }
}

interface WrittenError {
  readonly error: { readonly code: string; readonly message: string }
}

/** The result of a slice, for JSON. */
export function writtenResult(result: ItemResult): WrittenState | WrittenError {
  if ('error' in result) {
    const { code, message } = result.error as SdinspectError
    return { error: { code, message } }
  }
  const { state } = result
  const { elements, nan, positiveInfinity, negativeInfinity, zeros, subnormal, modulus } = state
  const { min, max, sum, imaginarySum, squares, exactBlocks, representable, cells, exactCells } = state
  // In one order, whoever made the state.
  return {
    state: {
      elements,
      nan,
      positiveInfinity,
      negativeInfinity,
      zeros,
      subnormal,
      min: writtenExact(min),
      max: writtenExact(max),
      modulus,
      sum: writtenSum(sum),
      imaginarySum: imaginarySum === null ? null : writtenSum(imaginarySum),
      squares: writtenSum(squares),
      exactBlocks,
      representable: representable === null ? null : [...representable],
      cells: cells === null ? null : writtenCells(cells.keys, cells.counts),
      exactCells,
    },
  }
}

/**
 * The results of a whole work, from those of its parts: to the bit those of one run.
 *
 * @throws SdinspectError `usage/arguments` where parts are missing, given twice, or of different works
 */
export function mergedParts(parts: readonly StatisticsPart[]): {
  readonly plan: StatisticsPlan
  readonly results: readonly ItemResult[]
} {
  const [first] = parts
  if (first === undefined) throw new SdinspectError('usage/arguments', 'there are no parts to merge')
  const byIndex = new Map<number, StatisticsPart>()
  parts.forEach(refuseImpossible)
  const work = workOf(first)
  for (const part of parts) {
    const { index, of } = part.part
    if (of !== first.part.of)
      throw refused(`part ${index} is one of ${of}, and part ${first.part.index} one of ${first.part.of}`)
    if (workOf(part) !== work)
      throw refused(`parts ${first.part.index} and ${index} are of different files or tensors`)
    if (part.sampled !== first.sampled)
      throw refused(
        `parts ${first.part.index} and ${index} are of files that hold other values, or were written to meanwhile`,
      )
    if (byIndex.has(index)) throw refused(`part ${index} of ${of} is there twice`)
    byIndex.set(index, part)
  }
  const missing = missingParts(first.part.of, byIndex)
  if (missing !== null) throw refused(missing)
  const pieces: (Slice & (WrittenState | WrittenError))[][] = first.plan.items.map(() => [])
  for (let index = 1; index <= first.part.of; index++)
    for (const slice of byIndex.get(index)?.slices ?? []) pieces[slice.item]?.push(slice)
  return {
    plan: first.plan,
    results: pieces.map((slices, item) => resultOf(slices, first.plan.items[item]?.bytes as number)),
  }
}

/** What the parts of one work have in common. */
function workOf({ files, stateDict, plan }: StatisticsPart): string {
  return JSON.stringify([files, stateDict, plan])
}

/** Which parts are not there, in words; null where all are. */
export function missingParts(of: number, there: { has(index: number): boolean }): string | null {
  const missing: number[] = []
  for (let index = 1; index <= of && missing.length <= 10; index++) if (!there.has(index)) missing.push(index)
  if (missing.length === 0) return null
  const named = missing.length > 10 ? `${missing.slice(0, 10).join(', ')} and more` : missing.join(', ')
  return `part ${named} of ${of} is missing`
}

function refused(why: string): SdinspectError {
  return new SdinspectError('usage/arguments', why, {
    hint: 'merge takes every part of one run of stats --part once',
  })
}

function resultOf(slices: readonly (Slice & (WrittenState | WrittenError))[], bytes: number): ItemResult {
  let at = 0
  let state: ValueState | null = null
  for (const slice of slices) {
    if (slice.from !== at)
      throw refused(`the parts do not fit: byte ${at} of a tensor is followed by byte ${slice.from}`)
    at = slice.to
    if ('error' in slice) return { error: readError(slice.error) }
    const read = readState(slice.state)
    state = state === null ? read : mergedStates(state, read)
  }
  if (state === null || at !== bytes) throw refused(`the parts leave out bytes ${at} to ${bytes} of a tensor`)
  return { state }
}

function readError({ code, message }: WrittenError['error']): SdinspectError {
  if (!Object.hasOwn(errorCodes, code)) throw refused(`a part has an error of no code: ${code}`)
  return new SdinspectError(code as ErrorCode, message)
}

function readState(state: WrittenState['state']): ValueState {
  const { min, max, sum, imaginarySum, squares, representable, cells } = state
  return {
    ...state,
    min: readExact(min),
    max: readExact(max),
    sum: readSum(sum),
    imaginarySum: imaginarySum === null ? null : readSum(imaginarySum),
    squares: readSum(squares),
    representable: representable === null ? null : Float64Array.from(representable),
    cells: cells === null ? null : readCells(cells),
  }
}

function writtenExact(value: Exact | null): number | string | null {
  return typeof value === 'bigint' ? String(value) : value
}

function readExact(value: number | string | null): Exact | null {
  return typeof value === 'string' ? BigInt(value) : value
}

/** In hexadecimal, without the zeros at its end, of which most sums have hundreds: `-1f+268`. */
function writtenSum(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString(16)
  const kept = digits.replace(/0+$/, '')
  return value === 0n ? '0' : `${value < 0n ? '-' : ''}${kept}+${digits.length - kept.length}`
}

function writtenCells(keys: Int32Array, counts: Float64Array): number[] {
  const written: number[] = []
  let before = 0
  keys.forEach((key, i) => {
    written.push(key - before, counts[i] as number)
    before = key
  })
  return written
}

function readCells(written: readonly number[]): NonNullable<ValueState['cells']> {
  const keys = new Int32Array(written.length / 2)
  const counts = new Float64Array(keys.length)
  let before = 0
  for (let i = 0; i < keys.length; i++) {
    before += written[2 * i] as number
    keys[i] = before
    counts[i] = written[2 * i + 1] as number
  }
  return { keys, counts }
}
