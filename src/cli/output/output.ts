import type { Look } from '../../render/renderer.ts'
import { ClosedPipe, type Sink, writeAll } from '../io.ts'

/** Where an answer goes: standard output, a file, or nowhere. */
export interface Output {
  readonly look: Look
  /** Writes pieces of text as they stand. After a closed pipe it does nothing: only the verdict counts then. */
  write(pieces: Iterable<string>): Promise<void>
  /**
   * Told of every file an answer is made from, so that it is not replaced by the answer.
   *
   * @throws SdinspectError `usage/arguments`
   */
  madeFrom?(paths: readonly string[]): Promise<void>
}

/** An output on a stream. */
export function streamOutput(sink: Sink, look: Look): Output {
  let closed = false
  return {
    look,
    async write(pieces) {
      if (closed) return
      try {
        await writeAll(sink, pieces)
      } catch (error) {
        if (!(error instanceof ClosedPipe)) throw error
        closed = true
      }
    },
  }
}

/** The output of `--quiet`. */
export function noOutput(look: Look): Output {
  return { look, async write() {} }
}
