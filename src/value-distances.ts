import { isSdinspectError } from './errors.ts'
import type { TensorReport } from './model/report.ts'
import { sameRepresentation } from './model/tensors/same-representation.ts'
import { sameShape } from './model/tensors/shape.ts'
import type { ValueDistance } from './model/values/value-distance.ts'
import type { OpenCheckpoint } from './open.ts'
import { areDoubles } from './values/doubles.ts'
import { blockDecoder } from './values/statistics/ggml-blocks.ts'
import type { ValueItem } from './values/statistics/statistics-plan.ts'
import type { Tools } from './values/workers/perform.ts'
import type { DistanceOperand, DistanceTask, PlainTensor } from './values/workers/task.ts'
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
  readonly #reported: Readonly<Record<'a' | 'b', ReadonlyMap<string, TensorReport>>>
  readonly #signal: AbortSignal | undefined

  constructor(a: DistanceSide, b: DistanceSide, signal: AbortSignal | undefined) {
    this.#sides = { a, b }
    this.#reported = { a: reportedIn(a), b: reportedIn(b) }
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
    try {
      const [packedA, packedB] = [await this.#packed('a', pair.a), await this.#packed('b', pair.b)]
      if (!this.#areKeptAlike(pair, packedA, packedB)) return null
      if (this.#isUnknown('a', pair.a, packedA) !== this.#isUnknown('b', pair.b, packedB)) return null
      // What is worked out is not turned: the other side is, where it is stored as it is.
      if (packedA !== null && packedB !== null && packedA.isTransposed !== packedB.isTransposed) return null
      const a = packedA ?? (await this.#plain('a', pair.a, packedB))
      const b = packedB ?? (await this.#plain('b', pair.b, packedA, pair.order))
      if (a === null || b === null || valuesIn(a) !== valuesIn(b)) return null
      return { kind: 'distance', limits: this.#sides.a.opened.limits, a, b }
    } catch (error) {
      if (!isLeftOut(error)) throw error
      return null
    }
  }

  /** Numbers that are kept otherwise are no values: where they are worked out, these are dense. */
  #areKeptAlike({ a, b }: DistancePair, packedA: object | null, packedB: object | null): boolean {
    const kept = (side: 'a' | 'b', name: string, packed: object | null) =>
      packed === null ? this.#reported[side].get(name)?.representation : undefined
    return sameRepresentation(kept('a', a, packedA), kept('b', b, packedB))
  }

  /** Numbers of a layout that is not worked out are compared with those of the same layout alone. */
  #isUnknown(side: 'a' | 'b', name: string, packed: object | null): boolean {
    const quantised = this.#reported[side].get(name)?.quantised
    return packed === null && quantised !== undefined && quantised.logicalElements !== 0
  }

  #packed(side: 'a' | 'b', name: string) {
    const { opened, stateDict } = this.#sides[side]
    const signal = this.#signal
    return opened.packedForWorkers(name, prefixes[side], { stateDict, ...(signal && { signal }) })
  }

  /**
   * null where its values are no numbers, or its shape is not that of the packed weight it is compared with.
   */
  async #plain(
    side: 'a' | 'b',
    name: string,
    other: { readonly isTransposed: boolean; readonly item: ValueItem } | null,
    asked?: readonly number[],
  ): Promise<DistanceOperand | null> {
    const dtype = this.#reported[side].get(name)?.dtype ?? null
    if (dtype === null || (!areDoubles(dtype) && blockDecoder(dtype) === null)) return null
    if (!other?.isTransposed) return { dtype, tensor: await this.#tensor(side, name, asked) }
    const tensor = await this.#tensor(side, name)
    const { shape } = other.item
    if (sameShape(tensor.shape, shape) && shape.length === 2)
      return { dtype, tensor: await this.#tensor(side, name, [1, 0]) }
    return sameShape(tensor.shape, [...shape].reverse()) ? { dtype, tensor } : null
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

function valuesIn(operand: DistanceOperand): number {
  return 'packed' in operand ? operand.item.elements : operand.tensor.elements
}

function reportedIn({ opened, stateDict }: DistanceSide): ReadonlyMap<string, TensorReport> {
  const report = opened.report.stateDicts.find(({ path }) => path === stateDict)
  return new Map(Array.from(report?.tensors ?? [], (tensor) => [tensor.name, tensor]))
}
