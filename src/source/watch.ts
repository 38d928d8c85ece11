import { SdinspectError } from '../errors.ts'
import { breathe, untilAborted } from './abort.ts'
import { coalesced } from './coalesced.ts'
import type { ByteSource, Place } from './source.ts'

/** How far reading is. */
export interface Progress {
  /** The file that was read from last, as messages name it. */
  readonly path: string
  /** Files that are read and closed. */
  readonly filesDone: number
  /** Files known to be read in all. Grows: an index says of shards, a folder of checkpoints. */
  readonly files: number
  /** From all of them. */
  readonly bytesRead: number
  /** About as many as will be read; absent where nobody knows. */
  readonly bytesExpected?: number
}

export interface WatchOptions {
  /** Ends reading: what is under way rejects with the signal's reason, and files are closed. */
  readonly signal?: AbortSignal | undefined
  /** Called after every read and every file. Must not throw. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** A source under watch. */
export interface WatchedSource extends ByteSource {
  /** Says that it will not be read again, where it is somebody else's to close. */
  done(): void
  close(): Promise<void>
}

/** Milliseconds after which whoever waits for a turn, as a signal or a timer, gets one. */
const turnAfter = 50

/**
 * One run of reading, over all its files: ends when told to, says how far it is, and holds every source to the
 * contract of {@link ByteSource}, also one that somebody else wrote.
 */
export class Watch {
  readonly signal: AbortSignal | undefined
  readonly #onProgress: ((progress: Progress) => void) | undefined
  #opened = 0
  #done = 0
  #files = 0
  #bytes = 0
  #bytesExpected = 0
  #lastTurn = Date.now()

  constructor({ signal, onProgress }: WatchOptions = {}) {
    this.signal = signal
    this.#onProgress = onProgress
  }

  /** Announces files that are going to be opened. */
  expect(files: number): void {
    this.#files = Math.max(this.#files, this.#opened + files)
  }

  /** Announces how many bytes will be read in all. */
  expectBytes(bytes: number): void {
    this.#bytesExpected = bytes
  }

  /** @throws SdinspectError `source/io` when its size is no size */
  source(inner: ByteSource): WatchedSource {
    const { name, size, links, remote, shared } = inner
    if (!Number.isSafeInteger(size) || size < 0)
      throw new SdinspectError('source/io', `the source says that its size is ${size}`, { file: name })
    this.#opened++
    this.expect(0)
    let isOpen = true
    const done = (): void => {
      if (!isOpen) return
      isOpen = false
      this.#done++
      this.#report(name, 0)
    }
    const held: ByteSource = {
      name,
      size,
      ...(links === undefined ? {} : { links }),
      ...(remote === undefined ? {} : { remote }),
      read: async (offset, length, options) => {
        const signal = options?.signal ?? this.signal
        await this.turn(signal)
        const own = options?.into === undefined ? signal && { signal } : { signal, into: options.into }
        const bytes = await untilAborted(inner.read(offset, length, own), signal)
        refuseOther(bytes, offset, length, name)
        this.#report(name, length)
        return bytes
      },
    }
    return {
      ...(remote === undefined ? held : coalesced(held)),
      ...(shared && { shared, noteRead: (bytes) => this.#report(name, bytes) }),
      done,
      close: async () => {
        done()
        await inner.close?.()
      },
    }
  }

  place(inner: Place): Place {
    return {
      name: inner.name,
      list: () => untilAborted(inner.list(), this.signal),
      ...(inner.folders && { folders: () => untilAborted(inner.folders?.() ?? none, this.signal) }),
      ...(inner.folder && { folder: (name: string) => this.place(inner.folder?.(name) as Place) }),
      ...(inner.realPath && { realPath: () => inner.realPath?.() as string }),
      ...(inner.openUnlisted && {
        openUnlisted: async (name: string) => {
          const opened = await untilAborted(inner.openUnlisted?.(name) ?? nothing, this.signal)
          return opened === null ? null : this.source(opened)
        },
      }),
      open: async (name, options) => {
        await this.turn()
        const opening = inner.open(name, options)
        const opened = await untilAborted(opening, this.signal).catch((error) => {
          // What opens when nobody waits any more is closed all the same.
          opening.then((late) => late.close?.()).catch(() => {})
          throw error
        })
        try {
          return this.source(opened)
        } catch (error) {
          await opened.close?.()
          throw error
        }
      },
    }
  }

  #report(path: string, bytes: number): void {
    this.#bytes += bytes
    const expected = this.#bytesExpected
    this.#onProgress?.({
      path,
      filesDone: this.#done,
      files: this.#files,
      bytesRead: this.#bytes,
      ...(expected > 0 && { bytesExpected: expected }),
    })
  }

  /**
   * Lets whoever waits have a turn, if it was long ago that they had one: work that waits for nothing, and thousands of
   * reads that need not wait, would never hear of a signal.
   *
   * @throws the signal's reason
   */
  async turn(signal = this.signal): Promise<void> {
    if (signal === undefined) return
    if (Math.abs(Date.now() - this.#lastTurn) > turnAfter) {
      await breathe()
      this.#lastTurn = Date.now()
    }
    signal.throwIfAborted()
  }
}

const none: Promise<readonly string[]> = Promise.resolve([])
const nothing: Promise<null> = Promise.resolve(null)

/** The first half of the contract is the caller's range; this is the second. */
function refuseOther(bytes: Uint8Array, offset: number, length: number, file: string): void {
  if (bytes instanceof Uint8Array && bytes.length === length) return
  const arrived = bytes instanceof Uint8Array ? `${bytes.length} bytes` : 'no bytes'
  throw new SdinspectError(
    'source/short-read',
    `${arrived} arrived of the ${length} asked for at ${offset}`,
    {
      file,
      offset,
    },
  )
}
