import { isSdinspectError } from '../../errors.ts'
import { moduleTree } from '../../model/modules/tree.ts'
import { TextNames } from '../../model/names/name-column.ts'
import { type DType, dtypes, isComplex } from '../../model/tensors/dtype.ts'
import type {
  Coverage,
  StatisticsReport,
  TensorStatistics,
  Uncovered,
} from '../../model/values/statistics.ts'
import type { LookState } from '../look.ts'
import { codeTableOf } from './code-table.ts'
import { ModuleStates } from './module-states.ts'
import type { Slice } from './slices.ts'
import { type NoItem, type StatisticsPlan, type ValueItem, workedOutPart } from './statistics-plan.ts'
import { summaryOf } from './summary.ts'
import type { ValueState } from './value-state.ts'

/** What some values come to, or why nothing is known of them. */
export type ItemResult =
  | { readonly state: ValueState; readonly look?: LookState }
  | { readonly error: unknown }

/** What the values of tensors come to: of each, of modules, of the whole. */
export type CheckpointStatistics = Pick<StatisticsReport, 'coverage' | 'nonFinite' | 'modules' | 'tensors'>

/**
 * Puts together what the items of a plan come to.
 *
 * @param results of all items, in their order
 * @param slices what was read of the items, where it was not all
 * @throws what `results` throws; an error of one item is its own, and told in the coverage
 */
export async function checkpointStatistics(
  plan: StatisticsPlan,
  results: AsyncIterable<ItemResult> | Iterable<ItemResult>,
  slices?: readonly Slice[],
): Promise<CheckpointStatistics> {
  const { tensors, items } = plan
  const tree = moduleTree(new TextNames(tensors.map(({ name }) => name)))
  const cover = new CoverageCount(plan, slices)
  const found: TensorStatistics[][] = tensors.map(() => [])
  const modules = new ModuleStates(tree)
  const nonFinite = { tensors: 0, nan: 0, positiveInfinity: 0, negativeInfinity: 0 }
  let next = 0
  for await (const result of results) {
    const item = items[next++] as ValueItem
    if ('error' in result) {
      cover.fail(item, result.error)
      continue
    }
    cover.take(item, next - 1)
    const { state } = result
    found[item.index]?.push(statisticsOf(plan, item, state))
    if (item.isWorkedOut) continue
    const { nan, positiveInfinity, negativeInfinity } = state
    nonFinite.nan += nan
    nonFinite.positiveInfinity += positiveInfinity
    nonFinite.negativeInfinity += negativeInfinity
    if (nan + positiveInfinity + negativeInfinity > 0) nonFinite.tensors++
    if (isReal(item.dtype)) modules.add(tree.owners[item.index] as number, forModules(state, item.dtype))
  }
  tensors.forEach(({ name, sameAs }, index) => {
    if (sameAs === null) return
    for (const statistics of found[sameAs] ?? [])
      if (statistics.part !== workedOutPart)
        found[index]?.push({ ...statistics, name, tiedTo: tensors[sameAs]?.name ?? null })
  })
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

function statisticsOf(
  { tensors }: StatisticsPlan,
  { index, part, dtype, shape, bytes }: ValueItem,
  state: ValueState,
): TensorStatistics {
  return {
    name: tensors[index]?.name ?? '',
    ...(part === undefined ? {} : { part }),
    dtype,
    shape,
    bytes,
    tiedTo: null,
    values: summaryOf(state, dtype),
  }
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

function bytesByItem(slices: readonly Slice[]): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>()
  for (const { item, from, to } of slices) bytes.set(item, (bytes.get(item) ?? 0) + to - from)
  return bytes
}

class CoverageCount {
  readonly #uncovered: Uncovered[] = []
  readonly #tensors = new Set<number>()
  readonly #failed = new Set<number>()
  readonly #plan: StatisticsPlan
  #bytes = 0
  #bytesRead = 0
  /** By item; null where all of each is read. */
  readonly #sampled: ReadonlyMap<number, number> | null

  constructor(plan: StatisticsPlan, slices: readonly Slice[] | undefined) {
    this.#plan = plan
    this.#sampled = slices === undefined ? null : bytesByItem(slices)
    for (const item of plan.uncovered) this.#leave(item)
  }

  take({ index, bytes, isWorkedOut }: ValueItem, at: number): void {
    if (isWorkedOut) return
    this.#tensors.add(index)
    this.#bytes += bytes
    this.#bytesRead += this.#sampled?.get(at) ?? bytes
  }

  fail(item: ValueItem, error: unknown): void {
    if (!isSdinspectError(error)) throw error
    // What cannot be worked out is not worked out: nothing of the file is at fault.
    const isUnknown = item.isWorkedOut && error.code === 'unsupported/feature'
    this.#leave({ ...item, reason: error.message }, isUnknown ? undefined : error.code)
  }

  #leave({ index, part, reason, bytes, isWorkedOut }: NoItem, code?: string): void {
    if (!isWorkedOut) {
      this.#tensors.add(index)
      this.#failed.add(index)
      this.#bytes += bytes
    }
    this.#uncovered.push({
      name: this.#plan.tensors[index]?.name ?? '',
      ...(part === undefined ? {} : { part }),
      reason,
      ...(code === undefined ? {} : { code }),
    })
  }

  result(): Coverage {
    return {
      state: this.#uncovered.length === 0 && this.#bytesRead === this.#bytes ? 'complete' : 'partial',
      tensors: this.#tensors.size,
      tensorsRead: this.#tensors.size - this.#failed.size,
      bytes: this.#bytes,
      bytesRead: this.#bytesRead,
      uncovered: this.#uncovered,
    }
  }
}
