import type { LentFile } from '../open-files.ts'
import { perform, type Tools } from './perform.ts'
import type { PlainTensor, Task, TaskResults } from './task.ts'
import type { Workers } from './workers.ts'

/** Opens files for another thread; null where it cannot read one. */
export type Lend = (file: string) => Promise<LentFile | null>

/** What a task came to, or what it threw. */
export type Settled<T> = { readonly result: T } | { readonly error: unknown }

/** Of each worker, tasks that are made before it asks for them. */
const ahead = 2

/** Has tasks done by workers, and does in this thread what they cannot: what they cannot read, and what was lost with one. */
export class TaskRunner {
  readonly #workers: Workers
  readonly #lend: Lend
  readonly #tools: Tools
  readonly #signal: AbortSignal | undefined
  /** What is done in this thread, one after the other. */
  #own: Promise<unknown> = Promise.resolve()

  constructor(workers: Workers, lend: Lend, tools: Tools, signal: AbortSignal | undefined) {
    this.#workers = workers
    this.#lend = lend
    this.#tools = tools
    this.#signal = signal
  }

  /**
   * What tasks come to, in their order. Left before the end, or after an error, nothing is under way any more.
   *
   * @throws what the first task throws that throws; the reason of the signal
   */
  async *inOrder<T extends Task>(tasks: AsyncIterable<T>): AsyncGenerator<TaskResults[T['kind']]> {
    for await (const outcome of this.settledInOrder(tasks)) {
      if ('error' in outcome) throw outcome.error
      yield outcome.result
    }
  }

  /**
   * The same, with what a task throws as its outcome.
   *
   * @throws the reason of the signal
   */
  async *settledInOrder<T extends Task>(
    tasks: AsyncIterable<T>,
  ): AsyncGenerator<Settled<TaskResults[T['kind']]>> {
    const under: Promise<Settled<TaskResults[T['kind']]>>[] = []
    try {
      for await (const task of tasks) {
        this.#signal?.throwIfAborted()
        under.push(
          this.#run(task).then(
            (result) => ({ result }),
            (error: unknown) => ({ error }),
          ),
        )
        if (under.length > ahead * this.#workers.count) yield await this.#next(under)
      }
      while (under.length > 0) yield await this.#next(under)
    } finally {
      await Promise.all(under)
    }
  }

  async #next<T>(under: Promise<Settled<T>>[]): Promise<Settled<T>> {
    const settled = await (under.shift() as Promise<Settled<T>>)
    if ('error' in settled) this.#signal?.throwIfAborted()
    return settled
  }

  async #run<T extends Task>(task: T): Promise<TaskResults[T['kind']]> {
    const lent = new Map<string, LentFile>()
    try {
      const isLent = this.#workers.count > 0 && (await this.#lendAll(task, lent))
      const found = isLent ? await this.#workers.run(task, lent, this.#signal) : null
      if (found !== null) return found
    } finally {
      for (const file of lent.values()) file.giveBack()
    }
    const own = this.#own.then(() => {
      this.#signal?.throwIfAborted()
      return perform(task, this.#tools)
    })
    this.#own = own.catch(() => {})
    return own
  }

  async #lendAll(task: Task, lent: Map<string, LentFile>): Promise<boolean> {
    for (const name of filesOf(task)) {
      // What cannot be opened is told in this thread, as without workers.
      const file = await this.#lend(name).catch(() => null)
      if (file === null) return false
      lent.set(name, file)
    }
    return true
  }
}

function filesOf(task: Task): ReadonlySet<string> {
  const tensors: readonly PlainTensor[] =
    task.kind === 'statistics'
      ? [...task.tensors, ...task.packed.flatMap((one) => one?.tensors ?? [])]
      : task.kind === 'digest'
        ? task.pieces.map(({ tensor }) => tensor)
        : [task.a, task.b].flatMap((one) => ('packed' in one ? one.packed.tensors : one.tensor))
  return new Set(
    tensors.flatMap(({ values }) =>
      typeof values === 'string' ? [] : values.chunks.map(({ file }) => file),
    ),
  )
}
