import { SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { PickleEvaluator } from './pickle-evaluator.ts'
import { PickleMachine } from './pickle-machine.ts'
import type { PickleCall, PickleImport, PickleValue } from './pickle-value.ts'

/** What reading a pickle stream gave, up to its end or to the error that stopped it. */
export interface PickleDocument {
  /** undefined when the stream could not be read to its end. */
  readonly value: PickleValue | undefined
  /** Everything the stream names, in order of first use, also when an error follows. */
  readonly imports: readonly PickleImport[]
  /** Calls with text or bytes among their arguments, and of what loads something; also when an error follows. */
  readonly handedBytes: readonly PickleCall[]
  /** Highest PROTO opcode; null when there is none (protocols 0 and 1). */
  readonly protocol: number | null
  /** Of the byte after STOP, or of the opcode that could not be read. */
  readonly end: number
  readonly error: SdinspectError | null
}

/**
 * Reads one pickle stream, protocols 0 to 5, into inert records: nothing is imported, called or resolved.
 * Iterative and linear in the stream: the depth and the sharing of what it builds cost nothing.
 *
 * An error is returned and not thrown, because what the stream named before it still counts: a stream that
 * breaks after its payload has run is an old trick.
 *
 * @param what starts messages: `data.pkl`
 * @param evaluator knows what calls give; without one a call is a record of what is called with what
 */
export function readPickle(
  bytes: Uint8Array,
  limits: Limits,
  what: string,
  evaluator: PickleEvaluator | null = null,
): PickleDocument {
  const machine = new PickleMachine(bytes, limits, what, evaluator)
  let error: SdinspectError | null = null
  let value: PickleValue | undefined
  try {
    value = machine.run()
  } catch (thrown) {
    if (!(thrown instanceof SdinspectError)) throw thrown
    error = thrown
  }
  return {
    value,
    imports: [...machine.imports.values()],
    handedBytes: machine.handedBytes,
    protocol: machine.protocol,
    end: machine.offset,
    error,
  }
}
