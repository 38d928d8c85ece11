import { SdinspectError } from '../errors.ts'
import type { ByteSource, Place, RangeOptions, SharedFile } from '../source/source.ts'

/** Files that are held open at once. A sharded model may have ten thousand. */
const mostOpen = 64

/** An open file that other threads read. */
export interface LentFile {
  readonly name: string
  readonly shared: SharedFile
  readonly noteRead: ByteSource['noteRead']
  giveBack(): void
}

interface Held {
  readonly source: Promise<ByteSource>
  /** Reads under way. */
  users: number
}

/**
 * The files of a checkpoint that stays open. Each is opened when it is first read and closed with the rest; of many,
 * those that were read least recently are closed and opened again when they are needed.
 */
export class OpenFiles {
  readonly #place: Place | undefined
  readonly #sizes: ReadonlyMap<string, number>
  /** Least recently read first. */
  readonly #held = new Map<string, Held>()
  /** Never closed before the rest: the file that the checkpoint was read from. */
  readonly #kept = new Map<string, ByteSource>()
  readonly #owned: ByteSource | undefined
  #isClosed = false

  /**
   * @param sizes what each file measured when the checkpoint was read
   * @param main the file that it was read from, by its name in the checkpoint
   * @param isOwn whether `main` is closed with the rest
   */
  constructor(
    place: Place | undefined,
    sizes: ReadonlyMap<string, number>,
    main?: { readonly name: string; readonly source: ByteSource; readonly isOwn: boolean },
  ) {
    this.#place = place
    this.#sizes = sizes
    if (main !== undefined) this.#kept.set(main.name, main.source)
    this.#owned = main?.isOwn ? main.source : undefined
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * A file as a source that stays good while this is open. It need not be closed.
   *
   * @throws SdinspectError `usage/closed`; `source/changed` when its size is not what it was
   */
  async source(name: string, options?: RangeOptions): Promise<ByteSource> {
    const { name: label, size } = await this.#using(name, async (source) => source)
    return {
      name: label,
      size,
      read: (offset, length, own) =>
        this.#using(name, (source) => source.read(offset, length, { ...options, ...own })),
    }
  }

  /**
   * A file for other threads, which stays open until it is given back; null where they cannot read it.
   *
   * @throws SdinspectError as `source`
   */
  async lend(name: string): Promise<LentFile | null> {
    let giveBack: () => void = () => {}
    const until = new Promise<void>((resolve) => {
      giveBack = resolve
    })
    return new Promise((resolve, reject) => {
      this.#using(name, async ({ name: label, shared, noteRead }) => {
        resolve(shared === undefined ? null : { name: label, shared, noteRead, giveBack })
        if (shared !== undefined) await until
      }).catch(reject)
    })
  }

  /** Closes every file, once all reads are done. Reading afterwards is `usage/closed`. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const held = [...this.#held.values()]
    this.#held.clear()
    this.#kept.clear()
    const closing = [...held.map(({ source }) => closeOpened(source)), this.#owned?.close?.()]
    for (const settled of await Promise.allSettled(closing))
      if (settled.status === 'rejected') throw settled.reason
  }

  async #using<T>(name: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closed(name)
    const kept = this.#kept.get(name)
    if (kept !== undefined) return use(kept)
    const held = this.#held.get(name) ?? { source: this.#open(name), users: 0 }
    this.#held.delete(name)
    this.#held.set(name, held)
    held.users++
    try {
      await this.#closeIdle()
      const source = await held.source
      if (this.#isClosed) throw closed(name)
      return await use(source)
    } catch (error) {
      // One that could not be opened is tried again the next time.
      if (await isBroken(held.source)) this.#held.delete(name)
      throw error
    } finally {
      held.users--
    }
  }

  async #open(name: string): Promise<ByteSource> {
    if (this.#place === undefined)
      throw new SdinspectError(
        'unsupported/feature',
        'the values are in another file, and here is no folder',
        {
          file: name,
        },
      )
    const source = await this.#place.open(name)
    const size = this.#sizes.get(name)
    if (size === undefined || size === source.size) return source
    await source.close?.()
    throw new SdinspectError(
      'source/changed',
      `the file is ${source.size} bytes long, and was ${size} when the checkpoint was read`,
      { file: source.name },
    )
  }

  async #closeIdle(): Promise<void> {
    for (const [name, held] of this.#held) {
      if (this.#held.size <= mostOpen) return
      if (held.users > 0) continue
      this.#held.delete(name)
      await closeOpened(held.source)
    }
  }
}

function closed(file: string): SdinspectError {
  return new SdinspectError('usage/closed', 'the checkpoint was closed before it was read', { file })
}

async function isBroken(source: Promise<ByteSource>): Promise<boolean> {
  return source.then(
    () => false,
    () => true,
  )
}

/** Closes what an opening brought; what it did not bring needs no closing. */
async function closeOpened(opening: Promise<ByteSource>): Promise<void> {
  const source = await opening.catch(() => undefined)
  await source?.close?.()
}
