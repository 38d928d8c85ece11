import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LentFile } from '../values/open-files.ts'
import type { Task, TaskResults } from '../values/workers/task.ts'
import type { Workers } from '../values/workers/workers.ts'
import { version } from '../version.ts'
import { type Answer, type Order, receivedError, receivedResult, type WorkerData } from './message.ts'

/** What a thread may have of V8's heap, in MiB. Values are elsewhere: with four threads the process stays below 256 MB. */
const oldMegabytes = 96
const youngMegabytes = 8

/** Other threads that read values and compute, until they are closed. */
export interface StartedWorkers extends Workers {
  /** Ends them, whatever they do. */
  close(): Promise<void>
}

export interface WorkersOptions extends Pick<Workers, 'pieceBytes'> {
  /** What they run. Default: the file of the package. */
  readonly file?: string | undefined
}

/** @returns null where the package's file for threads is not there */
export function startedWorkers(count: number, options: WorkersOptions = {}): StartedWorkers | null {
  const file = options.file ?? workerFile()
  return file === null || !(count >= 1) ? null : new Crew(count, file, options.pieceBytes)
}

/** Where the build leaves it: beside the bundle, above the library, and of the sources in `dist`. */
function workerFile(): string | null {
  const name = 'sdinspect-worker.js'
  const own = import.meta.dirname as string | undefined
  if (own === undefined) return null
  const places = [name, join('../..', name), join('../../dist', name)].map((place) => join(own, place))
  return places.find((place) => existsSync(place)) ?? null
}

interface Waiting {
  readonly order: Order
  readonly files: ReadonlyMap<string, LentFile>
  /** null: it was lost with its thread, or left. */
  settle(answer: Answer | null): void
}

class Crew implements StartedWorkers {
  readonly count: number
  readonly pieceBytes: number | undefined
  readonly #stop = new Int32Array(new SharedArrayBuffer(4))
  readonly #idle: Hand[] = []
  readonly #hands = new Set<Hand>()
  readonly #queue: Waiting[] = []

  constructor(count: number, file: string, pieceBytes: number | undefined) {
    this.count = count
    this.pieceBytes = pieceBytes
    for (let i = 0; i < count; i++) {
      const hand = new Hand(
        file,
        { stop: this.#stop },
        {
          free: () => this.#next(hand),
          gone: () => this.#gone(hand),
        },
      )
      this.#hands.add(hand)
    }
  }

  async run<T extends Task>(
    task: T,
    files: ReadonlyMap<string, LentFile>,
    signal?: AbortSignal | undefined,
  ): Promise<TaskResults[T['kind']] | null> {
    signal?.throwIfAborted()
    const order: Order = {
      task,
      files: Array.from(files, ([name, { name: label, shared }]) => ({ name, label, shared })),
    }
    const stop = (): void => {
      Atomics.store(this.#stop, 0, 1)
      for (const { settle } of this.#queue.splice(0)) settle({ kind: 'left' })
    }
    signal?.addEventListener('abort', stop)
    try {
      const answer = await new Promise<Answer | null>((settle) => {
        if (this.#hands.size === 0) return settle(null)
        this.#queue.push({ order, files, settle })
        const hand = this.#idle.pop()
        if (hand !== undefined) this.#next(hand)
      })
      signal?.throwIfAborted()
      if (answer?.kind === 'failed') throw receivedError(answer.error)
      return answer?.kind === 'done' ? receivedResult(task, answer.result) : null
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1)
    await Promise.all([...this.#hands].map((hand) => hand.end()))
  }

  #next(hand: Hand): void {
    const waiting = this.#queue.shift()
    if (waiting !== undefined) hand.give(waiting)
    else {
      this.#idle.push(hand)
      hand.rest()
    }
  }

  #gone(hand: Hand): void {
    this.#hands.delete(hand)
    const at = this.#idle.indexOf(hand)
    if (at >= 0) this.#idle.splice(at, 1)
    // Nobody is left to do these.
    if (this.#hands.size === 0) for (const { settle } of this.#queue.splice(0)) settle(null)
  }
}

/** One thread. */
class Hand {
  readonly #worker: Worker
  #waiting: Waiting | null = null
  #isReady = false

  constructor(file: string, data: WorkerData, on: { free(): void; gone(): void }) {
    this.#worker = new Worker(file, {
      workerData: data,
      // What loads the tests, or was asked of the program, is not for it.
      execArgv: [],
      trackUnmanagedFds: false,
      resourceLimits: { maxOldGenerationSizeMb: oldMegabytes, maxYoungGenerationSizeMb: youngMegabytes },
    })
    this.#worker.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') {
        if (this.#isReady || answer.version !== version) return void this.end()
        this.#isReady = true
        on.free()
      } else if (answer.kind === 'read') this.#waiting?.files.get(answer.name)?.noteRead?.(answer.bytes)
      else {
        this.#settle(answer)
        on.free()
      }
    })
    // It ends after this, and what it was doing is done elsewhere.
    this.#worker.on('error', () => {})
    this.#worker.on('exit', () => {
      on.gone()
      this.#settle(null)
    })
  }

  give(waiting: Waiting): void {
    this.#waiting = waiting
    this.#worker.ref()
    this.#worker.postMessage(waiting.order)
  }

  /** A thread without work keeps nobody waiting. */
  rest(): void {
    this.#worker.unref()
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: Answer | null): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.settle(answer)
  }
}
