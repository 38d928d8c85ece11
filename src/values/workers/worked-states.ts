import { dtypes } from '../../model/tensors/dtype.ts'
import type { ItemResult } from '../statistics/checkpoint-statistics.ts'
import { joinedSlices } from '../statistics/joined-slices.ts'
import { blockElements } from '../statistics/kernel.ts'
import type { Slice } from '../statistics/slices.ts'
import type { ValueItem } from '../statistics/statistics-plan.ts'
import type { PackedTensor, PlainTensor, StatisticsTask } from './task.ts'
import type { TaskRunner } from './task-runner.ts'
import type { Workers } from './workers.ts'

/** Of what is cut: no less, since each piece is put together with the others, and no more, so that all have as much to do. */
const leastPiece = 64 << 20
const mostPiece = 256 << 20
/** Of small slices that are one task. */
const mostBytes = 4 << 20
const mostSlices = 128

/** How slices are made tasks. */
export interface StateWork extends Pick<StatisticsTask, 'limits' | 'extent'> {
  readonly workers: Pick<Workers, 'count' | 'pieceBytes'>
  tensor(item: ValueItem): Promise<PlainTensor>
  /** How an item is worked out; null for what is read as it is. */
  packed(item: ValueItem): Promise<PackedTensor | null>
  /** Whether a slice is looked at, and its values are kept. */
  look(item: ValueItem, slice: Slice): StatisticsTask['looks'][number]
}

/** What slices come to, as `serialStates` has it, by way of workers. Those of an item follow each other. */
export async function* workedStates(
  items: readonly ValueItem[],
  slices: readonly Slice[],
  runner: TaskRunner,
  work: StateWork,
): AsyncGenerator<ItemResult> {
  const pieces: Slice[] = []
  /** By piece, the slice that it is of. */
  const whole: Slice[] = []
  const total = slices.reduce((sum, { from, to }) => sum + to - from, 0)
  const { count, pieceBytes: asked } = work.workers
  const even = Math.ceil(total / (4 * count))
  const pieceBytes = asked ?? Math.min(mostPiece, Math.max(leastPiece, even))
  slices.forEach((slice, item) => {
    for (const piece of cut(slice, items[slice.item] as ValueItem, pieceBytes)) {
      pieces.push(piece)
      whole.push({ ...piece, item })
    }
  })
  const results = async function* () {
    for await (const result of runner.inOrder(tasksOf(items, pieces, work))) yield* result
  }
  // Joined by the slice that was asked for, of which an item may have several.
  yield* joinedSlices(whole, results())
}

function* cut(slice: Slice, { isRun, dtype }: ValueItem, most: number): Generator<Slice> {
  if (!isRun || slice.to - slice.from <= most) return yield slice
  const blockBytes = (blockElements * dtypes[dtype].bits) / 8
  const step = Math.max(1, Math.round(most / blockBytes)) * blockBytes
  for (let from = slice.from; from < slice.to; from += step)
    yield { item: slice.item, from, to: Math.min(slice.to, from + step) }
}

async function* tasksOf(
  items: readonly ValueItem[],
  slices: readonly Slice[],
  { limits, extent, tensor, packed, look }: StateWork,
): AsyncGenerator<StatisticsTask> {
  let at = 0
  while (at < slices.length) {
    const own = { items: [] as ValueItem[], tensors: [] as PlainTensor[], slices: [] as Slice[] }
    const looks: StatisticsTask['looks'][number][] = []
    const how: (PackedTensor | null)[] = []
    let bytes = 0
    while (at < slices.length && own.slices.length < mostSlices) {
      const slice = slices[at] as Slice
      const item = items[slice.item] as ValueItem
      bytes += slice.to - slice.from
      if (bytes > mostBytes && own.slices.length > 0) break
      looks.push(look(item, slice))
      own.slices.push({ ...slice, item: own.items.length })
      own.items.push(item)
      own.tensors.push(await tensor(item))
      how.push(await packed(item))
      at++
    }
    yield { kind: 'statistics', limits, extent, ...own, packed: how, looks }
  }
}
