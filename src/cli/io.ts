/** 0: fine. 1: the checkpoint is at fault. 2: no verdict. 130: interrupted, as 143 is by a process that ends us. */
export type ExitCode = 0 | 1 | 2 | 130

/** Where text goes: a standard stream, or a test's list. */
export interface Sink {
  readonly isTTY: boolean
  /** Cells of a line of the terminal; undefined where that is not known. */
  readonly columns: number | undefined
  /**
   * Resolves when the text has been handed on, which is how a slow reader slows the writer down.
   *
   * @throws ClosedPipe when nobody reads any more
   * @throws SdinspectError `source/io` when it cannot be written
   */
  write(text: string): Promise<void>
}

/** Ctrl-C. While nobody listens it ends the process at once, and so does a second one. */
export interface Interrupts {
  /** Aborted with {@link Interrupted} by the first that comes while somebody listens. */
  readonly signal: AbortSignal
  listen(): void
  ignore(): void
}

/** Somebody pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** What the command line may touch of the outside world. Tests pass their own. */
export interface Io {
  readonly out: Sink
  readonly err: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly interrupts?: Interrupts
  /** The process at whose terminal somebody sits; it is asked whether it has one. */
  readonly terminal?: NodeJS.Process
  /** The file that was run, as it was named; absent where nobody ran one. */
  readonly script?: string
  /** Told when so much has been read that working on it takes longer than starting did. */
  readonly onMuch?: () => void
}

/** Whoever read the output has closed it, as `head` does when it has its lines. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe'
}

/** Characters to gather before a write: one system call for a thousand lines. */
const chunkLength = 65_536

/** Writes pieces of text in chunks, waiting for each to be taken. */
export async function writeAll(sink: Pick<Sink, 'write'>, pieces: Iterable<string>): Promise<void> {
  let chunk = ''
  for (const piece of pieces) {
    chunk += piece
    if (chunk.length < chunkLength) continue
    await sink.write(chunk)
    chunk = ''
  }
  if (chunk !== '') await sink.write(chunk)
}
