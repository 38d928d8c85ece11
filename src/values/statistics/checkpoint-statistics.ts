import { isSdinspectError } from '../../errors.ts'
import { type DType, dtypes, isComplex } from '../../model/dtype.ts'
import type { Coverage, StatisticsReport, TensorStatistics, Uncovered } from '../../model/statistics.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { ModuleTree } from '../../model/tree.ts'
import { codeTableOf } from './code-table.ts'
import { ModuleStates } from './module-states.ts'
import { summaryOf } from './summary.ts'
import { itemsOf, type NoItem, type ValueItem } from './value-items.ts'
import type { ValueState } from './value-state.ts'

/** What some values come to, or why nothing is known of them. */
export type ItemResult = { readonly state: ValueState } | { readonly error: unknown }

/** What computing statistics needs of a checkpoint. */
export interface StatisticsSource {
  /** In the order of the items. An item whose type stands for no numbers does not come here. */
  states(items: readonly ValueItem[]): AsyncIterable<ItemResult>
}

/** Tensors to look at, and the tree that their names make. */
export interface Selection {
  readonly tensors: readonly Tensor[]
  readonly tree: ModuleTree
  /** Places of tensors that are another name of one that is among them. */
  readonly uncounted: ReadonlySet<number>
}

/** What the values of tensors come to: of each, of modules, of the whole. Each is read once. */
export type CheckpointStatistics = Pick<StatisticsReport, 'coverage' | 'nonFinite' | 'modules' | 'tensors'>

/** @throws what `states` throws; an error of one tensor is its own, and told in the coverage */
export async function checkpointStatistics(
  { tensors, tree, uncounted }: Selection,
  source: StatisticsSource,
): Promise<CheckpointStatistics> {
  const items: ValueItem[] = []
  const cover = new CoverageCount()
  tensors.forEach((tensor, index) => {
    if (uncounted.has(index)) return
    for (const item of itemsOf(tensor, index)) {
      if ('dtype' in item && !hasNumbers(item.dtype))
        cover.leave({ ...item, reason: whyNoNumbers(item.dtype) })
      else if ('dtype' in item) items.push(item)
      else cover.leave(item)
    }
  })
  const found: TensorStatistics[][] = tensors.map(() => [])
  const modules = new ModuleStates(tree)
  const nonFinite = { tensors: 0, nan: 0, positiveInfinity: 0, negativeInfinity: 0 }
  let next = 0
  for await (const result of source.states(items)) {
    const item = items[next++] as ValueItem
    if ('error' in result) {
      cover.fail(item, result.error)
      continue
    }
    cover.take(item)
    const { state } = result
    found[item.index]?.push(statisticsOf(item, state))
    const { nan, positiveInfinity, negativeInfinity } = state
    nonFinite.nan += nan
    nonFinite.positiveInfinity += positiveInfinity
    nonFinite.negativeInfinity += negativeInfinity
    if (nan + positiveInfinity + negativeInfinity > 0) nonFinite.tensors++
    if (isReal(item.dtype)) modules.add(tree.owners[item.index] as number, forModules(state, item.dtype))
  }
  addTied(tensors, uncounted, found)
  return {
    coverage: cover.result(),
    nonFinite,
    modules: Array.from(modules.all(), ({ path, tensors: count, state }) => ({
      path,
      tensors: count,
      values: summaryOf(state, null),
    })),
    tensors: found.flat(),
  }
}

function statisticsOf({ tensor, part, dtype, shape, bytes }: ValueItem, state: ValueState): TensorStatistics {
  return {
    name: tensor.name,
    ...(part === undefined ? {} : { part }),
    dtype,
    shape,
    bytes,
    tiedTo: null,
    values: summaryOf(state, dtype),
  }
}

/** Gives every tied tensor what the one has that it is. */
function addTied(
  tensors: readonly Tensor[],
  uncounted: ReadonlySet<number>,
  found: readonly TensorStatistics[][],
): void {
  // By the first name of the memory, which may itself not be among the tensors.
  const read = new Map<string, number>()
  tensors.forEach(({ name, tiedTo }, index) => {
    if (!uncounted.has(index)) read.set(tiedTo ?? name, index)
  })
  for (const index of uncounted) {
    const { name, tiedTo } = tensors[index] as Tensor
    const first = read.get(tiedTo ?? name) as number
    for (const statistics of found[first] ?? [])
      found[index]?.push({ ...statistics, name, tiedTo: (tensors[first] as Tensor).name })
  }
}

/** Whether the bits of a type stand for numbers. */
function hasNumbers(dtype: DType): boolean {
  return dtypes[dtype].bits > 16 || isComplex(dtype) || codeTableOf(dtype) !== null
}

function whyNoNumbers(dtype: DType): string {
  return dtypes[dtype].torch === null
    ? `its values are packed as ${dtype}, which is not decoded`
    : `${dtype} stands for bits and not for numbers`
}

function isReal(dtype: DType): boolean {
  return dtypes[dtype].requiresGrad && !isComplex(dtype)
}

/** What can be added to that of tensors of other types. */
function forModules(state: ValueState, dtype: DType): ValueState {
  const { cells, exactCells } = state
  if (!exactCells || cells === null) return state
  return { ...state, cells: codeTableOf(dtype)?.sketch(cells) ?? null, exactCells: false }
}

class CoverageCount {
  readonly #uncovered: Uncovered[] = []
  readonly #tensors = new Set<number>()
  readonly #failed = new Set<number>()
  #bytes = 0
  #bytesRead = 0

  take({ index, bytes }: ValueItem): void {
    this.#tensors.add(index)
    this.#bytes += bytes
    this.#bytesRead += bytes
  }

  fail(item: ValueItem, error: unknown): void {
    if (!isSdinspectError(error)) throw error
    this.leave({ ...item, reason: error.message }, error.code)
  }

  leave({ index, tensor, part, reason, bytes }: NoItem, code?: string): void {
    this.#tensors.add(index)
    this.#failed.add(index)
    this.#bytes += bytes
    this.#uncovered.push({
      name: tensor.name,
      ...(part === undefined ? {} : { part }),
      reason,
      ...(code === undefined ? {} : { code }),
    })
  }

  result(): Coverage {
    return {
      state: this.#uncovered.length === 0 ? 'complete' : 'partial',
      tensors: this.#tensors.size,
      tensorsRead: this.#tensors.size - this.#failed.size,
      bytes: this.#bytes,
      bytesRead: this.#bytesRead,
      uncovered: this.#uncovered,
    }
  }
}
