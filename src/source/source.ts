/** What a read may be told besides its range. */
export interface RangeOptions {
  /** Ends the read: it rejects with the signal's reason. A source that cannot stop half way need not look at it. */
  readonly signal?: AbortSignal | undefined
  /** Where the bytes may be put, as many as are read: the result is then this, or any other bytes as before. */
  readonly into?: Uint8Array | undefined
}

/** An open file as another thread of this process reads it: plain data. */
export interface SharedFile {
  readonly descriptor: number
  /** What the system said of it when it was opened. */
  readonly opened: { readonly size: bigint; readonly mtimeNs: bigint; readonly nlink: bigint }
}

/**
 * Bytes of known size that can be read a range at a time: a file, a buffer, later a URL.
 *
 * `read` resolves with exactly `length` bytes or rejects. A caller never sees a short read, a zero filled
 * tail or another range than the one asked for.
 */
export interface ByteSource {
  /** How messages name this source: the path as the user gave it. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  /** Names the file has in the file system (hard links), where that is known. */
  readonly links?: number
  /**
   * Each read is a round trip: what is needed is asked for at once, neighbouring ranges together, and what only
   * confirms the rest is left for later. Absent for what is at hand, a file or a buffer.
   */
  readonly remote?: true
  /** For other threads of this process; absent for what is no open file of this machine. Good until it is closed. */
  readonly shared?: SharedFile
  /** Is told of bytes that another thread has read. */
  noteRead?(bytes: number): void
  /**
   * @param offset in bytes, absolute
   * @param length in bytes
   * @throws SdinspectError `format/truncated` when the range ends past `size`, `source/*` when it cannot be read
   */
  read(offset: number, length: number, options?: RangeOptions): Promise<Uint8Array>
  /** Gives back what the source holds open. Reading afterwards is an error. */
  close?(): Promise<void>
}

/**
 * The folder a checkpoint lives in: on disk, or a set of files dropped on a web page. Formats of more than
 * one file (shards, side files) open the others through it.
 */
export interface Place {
  /** How messages name this folder. */
  readonly name: string
  /** Names in the folder, sub-folders left out, in natural order; null where a place cannot list, as a web server. */
  list(): Promise<readonly string[] | null>
  /** Names of the folder's sub-folders, in natural order. */
  folders?(): Promise<readonly string[]>
  /** A sub-folder as a place of its own. Its files are contained by it, not by this folder. */
  folder?(name: string): Place
  /** The same for all paths that lead to this folder. Absent where there are no links. */
  realPath?(): string
  /**
   * Opens a file of the folder by its relative name. The caller closes it.
   *
   * @param options.first bytes that will be read first. A place at a distance may fetch them as it opens the file.
   * @throws SdinspectError `source/outside` when the name leads out of the folder, by its text or by a link
   * @throws SdinspectError `source/not-found` when there is no such file
   */
  open(name: string, options?: { readonly first?: number }): Promise<ByteSource>
  /**
   * Opens a small text of the folder, where the folder has it and listing it would cost a request more: null where it is not
   * found so. Absent where the list is at hand, or there is none.
   */
  openUnlisted?(name: string): Promise<ByteSource | null>
}
