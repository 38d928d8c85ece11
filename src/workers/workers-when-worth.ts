import { availableParallelism } from 'node:os'
import type { Workers } from '../values/workers/workers.ts'
import type { StartedWorkers } from './start-workers.ts'

/** Bytes of values below which starting threads takes as long as they save. */
const worthBytes = 256 << 20
/** Threads without being asked: with them the process stays below 256 MB. */
const mostUnasked = 4

/** Workers that are started when there is enough to do for them, and used until they are closed. */
export class WorkersWhenWorth {
  /** null: nobody said. 0 and 1: none. */
  readonly #asked: number | null
  #started: Promise<StartedWorkers | null> | undefined

  constructor(asked: number | null = null) {
    this.#asked = asked
  }

  /** @param bytes of the values that are to be read */
  async for(bytes: number): Promise<Workers | undefined> {
    const count = this.#asked ?? (bytes < worthBytes ? 0 : Math.min(mostUnasked, availableParallelism()))
    if (count < 2) return undefined
    this.#started ??= import('./start-workers.ts').then(({ startedWorkers }) => startedWorkers(count))
    return (await this.#started) ?? undefined
  }

  async close(): Promise<void> {
    await (await this.#started)?.close()
  }
}
