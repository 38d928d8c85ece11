import type { SdinspectError } from '../errors.ts'
import type { PickleCall, PickleDict, PicklePersistent, PickleValue } from './pickle-value.ts'

/** What an evaluator may ask of the machine that reads the stream. */
export interface PickleHost {
  /** Of the opcode that is being executed. */
  readonly offset: number
  newDict(): PickleDict
  /** As Python's `dict[key] = value`. */
  setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void
  /** Whether two values are equal as keys are: one canonical form for both. */
  keyOf(key: PickleValue): unknown
  /** Counts work beyond the opcodes themselves, against the limit on their number. */
  spend(work: number): void
  /** An error at the opcode that is being executed. */
  malformed(message: string): SdinspectError
}

/**
 * What the callees of a pickle would do, for who knows them. The machine asks at the moment the stream makes a
 * call, so lists and dicts among the arguments are as the callee would see them; they may change afterwards.
 * Nothing is executed: an evaluator only says, in records, what the result is.
 *
 * A method may throw an `SdinspectError`: the stream is then not read on, as a loader would not.
 */
export interface PickleEvaluator {
  /** A stream begins; what was kept of an earlier one is let go. */
  begin(host: PickleHost): void
  /** What a call gives: the call's own record, with what it holds filled in, or another value. */
  called(call: PickleCall): PickleValue
  /** BUILD has handed the last of its `states` to the result of a call. */
  built(call: PickleCall): void
  /** A key of a dict is set again: what it had is in the dict no more. */
  replaced(key: PickleValue, before: PickleValue, after: PickleValue): void
  /** The stream refers to something outside itself. */
  referred(persistent: PicklePersistent): void
  /** The canonical form of a call's result as a key: the call itself where objects are compared by identity. */
  keyOf(call: PickleCall): unknown
  /** The stream does what records cannot tell: what it loads may be otherwise than they say. */
  unfollowed(what: string, offset: number): void
  /** A string of Python 2, which has one type for text and bytes, that is no text in UTF-8: Python 3 refuses it by default. */
  undecoded(offset: number): void
}
