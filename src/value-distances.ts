import { isSdinspectError } from './errors.ts'
import type { DType } from './model/tensors/dtype.ts'
import type { ValueDistance } from './model/values/value-distance.ts'
import type { OpenCheckpoint } from './open.ts'
import { areDoubles } from './values/doubles.ts'
import type { Tools } from './values/workers/perform.ts'
import type { DistanceTask, PlainTensor } from './values/workers/task.ts'
import { type Lend, TaskRunner } from './values/workers/task-runner.ts'
import { noWorkers, type Workers } from './values/workers/workers.ts'

/** A tensor of each side whose values are to be compared. */
export interface DistancePair {
  readonly a: string
  readonly b: string
  /** The dimensions of `b` in the order of those of `a`; absent where that is their own. */
  readonly order?: readonly number[]
}

export interface DistanceSide {
  readonly opened: OpenCheckpoint
  /** Path of the state dict. */
  readonly stateDict: string
}

export interface DistanceOptions {
  readonly signal?: AbortSignal | undefined
  /** Other threads that compute. */
  readonly workers?: Workers | undefined
}

/**
 * How far the values of pairs are apart, by the names in `a`. Left out: values that are no numbers by themselves, and
 * those that are stored in a way that cannot be read as they would have to be.
 *
 * @throws SdinspectError what reading throws; the reason of `signal`
 */
export async function valueDistances(
  a: DistanceSide,
  b: DistanceSide,
  pairs: Iterable<DistancePair>,
  { signal, workers }: DistanceOptions = {},
): Promise<ReadonlyMap<string, ValueDistance>> {
  const found = new Map<string, ValueDistance>()
  const work = new DistanceWork(a, b, signal)
  const names: string[] = []
  const tasks = async function* () {
    for (const pair of pairs) {
      const task = await work.task(pair)
      if (task === null) continue
      names.push(pair.a)
      yield task
    }
  }
  const runner = new TaskRunner(workers ?? noWorkers, work.lend, work.tools, signal)
  for await (const outcome of runner.settledInOrder(tasks())) {
    const name = names.shift() as string
    if ('result' in outcome) found.set(name, outcome.result)
    else if (!isLeftOut(outcome.error)) throw outcome.error
  }
  return found
}

function isLeftOut(error: unknown): boolean {
  return isSdinspectError(error, 'unsupported/feature') || isSdinspectError(error, 'usage/no-values')
}

/** What tells the files of the two sides apart. */
const prefixes = { a: 'a/', b: 'b/' } as const

class DistanceWork {
  readonly tools: Tools
  readonly lend: Lend
  readonly #sides: Readonly<Record<'a' | 'b', DistanceSide>>
  readonly #types: Readonly<Record<'a' | 'b', ReadonlyMap<string, DType | null>>>
  readonly #signal: AbortSignal | undefined

  constructor(a: DistanceSide, b: DistanceSide, signal: AbortSignal | undefined) {
    this.#sides = { a, b }
    this.#types = { a: typesOf(a), b: typesOf(b) }
    this.#signal = signal
    const access = { a: a.opened.access(signal), b: b.opened.access(signal) }
    const sideOf = (file: string) => (file.startsWith(prefixes.a) ? access.a : access.b)
    const nameOf = (file: string) => file.slice(prefixes.a.length)
    const { blob, hash } = access.a
    this.tools = { blob, hash, open: (file) => sideOf(file).open(nameOf(file)) }
    this.lend = (file) => sideOf(file).lend(nameOf(file))
  }

  /** null where the two are not compared. */
  async task(pair: DistancePair): Promise<DistanceTask | null> {
    const [typeA, typeB] = [this.#types.a.get(pair.a) ?? null, this.#types.b.get(pair.b) ?? null]
    if (typeA === null || typeB === null || !areDoubles(typeA) || !areDoubles(typeB)) return null
    try {
      const own = await this.#tensor('a', pair.a)
      const other = await this.#tensor('b', pair.b, pair.order)
      const limits = this.#sides.a.opened.limits
      return {
        kind: 'distance',
        limits,
        a: { dtype: typeA, tensor: own },
        b: { dtype: typeB, tensor: other },
      }
    } catch (error) {
      if (!isLeftOut(error)) throw error
      return null
    }
  }

  #tensor(side: 'a' | 'b', name: string, order?: readonly number[]): Promise<PlainTensor> {
    const { opened, stateDict } = this.#sides[side]
    const signal = this.#signal
    return opened.forWorkers(name, prefixes[side], {
      stateDict,
      ...(order && { order }),
      ...(signal && { signal }),
    })
  }
}

function typesOf({ opened, stateDict }: DistanceSide): ReadonlyMap<string, DType | null> {
  const report = opened.report.stateDicts.find(({ path }) => path === stateDict)
  return new Map(Array.from(report?.tensors ?? [], ({ name, dtype }) => [name, dtype]))
}
