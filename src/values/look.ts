import { dtypes } from '../model/tensors/dtype.ts'
import type { TensorReading } from '../model/values/value-reading.ts'
import { numbersOf } from './small-values.ts'
import type { ValueItem } from './statistics/statistics-plan.ts'
import { joinedZeroRuns, ZeroRunCounter, type ZeroRunState, zeroRunsOf } from './zero-runs.ts'

/** What was seen of a run of values beside its statistics: plain data, to be joined with what follows it. */
export interface LookState {
  readonly zeros: ZeroRunState
  /** The bytes of the run, of what is kept. */
  readonly small?: Uint8Array
}

/** What is looked at beside the statistics, as the bytes come by. */
export class Look {
  readonly #zeros: ZeroRunCounter
  readonly #kept: Uint8Array | null
  #at = 0

  /** @param isKept whether the values are kept one by one */
  constructor(
    { shape, dtype, bytes }: Pick<ValueItem, 'shape' | 'dtype' | 'bytes'>,
    isKept: boolean,
    { from, to } = { from: 0, to: bytes },
  ) {
    this.#zeros = new ZeroRunCounter(shape, dtypes[dtype].bits, from)
    this.#kept = isKept ? new Uint8Array(to - from) : null
  }

  add(bytes: Uint8Array): void {
    this.#zeros.add(bytes)
    this.#kept?.set(bytes, this.#at)
    this.#at += bytes.length
  }

  state(): LookState {
    return { zeros: this.#zeros.state(), ...(this.#kept && { small: this.#kept }) }
  }
}

/** What was seen of runs that follow each other, as of one. */
export function joinedLooks(looks: readonly LookState[]): LookState {
  const kept = looks.map(({ small }) => small).filter((one) => one !== undefined)
  return {
    zeros: looks.map(({ zeros }) => zeros).reduce(joinedZeroRuns),
    ...(kept.length === looks.length && { small: joined(kept) }),
  }
}

/** What was seen of all of a tensor. */
export function seenIn(
  { shape, dtype, bytes }: Pick<ValueItem, 'shape' | 'dtype' | 'bytes'>,
  { zeros, small }: LookState,
): Pick<TensorReading, 'zeros' | 'small'> {
  const numbers = small === undefined ? null : numbersOf(small, dtype)
  return {
    zeros: zeroRunsOf(shape, dtypes[dtype].bits, bytes, zeros),
    ...(numbers === null ? {} : { small: numbers }),
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
