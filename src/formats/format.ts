import type { Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { ByteSource, Place } from '../source/source.ts'
import type { Watch } from '../source/watch.ts'

/** What a format may use besides the file itself. */
export interface ReadContext {
  readonly limits: Limits
  /** The folder the file is in; absent for bytes in memory and standard input. */
  readonly place?: Place
  /** The run of reading that the file and `place` are under already. */
  readonly watch?: Watch
}

/** One file format. Register it in `formats/index.ts`. */
export interface Format {
  readonly id: string
  /** For messages: `safetensors`, `JSON state dict`. */
  readonly title: string
  /** Usual file name endings, with the dot. For messages only: the bytes decide. */
  readonly extensions: readonly string[]
  /** Whether a file that starts with `head` (its first 512 bytes or all of it) claims to be of this format. */
  detect(head: Uint8Array, size: number): boolean
  /**
   * Reads the structure, never the values.
   *
   * @throws SdinspectError `format/*` when the file breaks a rule, `limit/exceeded`, `source/*`
   */
  read(source: ByteSource, context: ReadContext): Promise<Checkpoint>
}
