import { dtypes } from '../../model/tensors/dtype.ts'
import type { ValueDistance } from '../../model/values/value-distance.ts'
import { withBlockSteps } from '../dequantise/stepped.ts'
import { type ReadStored, WorkedOut } from '../dequantise/worked-out.ts'
import { type Hash, hashed } from '../digest.ts'
import { type ComparedValues, distanceBetween, distanceWindowElements } from '../distance.ts'
import { doublesOf } from '../doubles.ts'
import { type GatherOptions, gather } from '../gather.ts'
import type { GatherContext } from '../gather-context.ts'
import { Look } from '../look.ts'
import type { ItemResult } from '../statistics/checkpoint-statistics.ts'
import { type Decoding, decodedWindows } from '../statistics/decoded-windows.ts'
import { ggmlDecoding } from '../statistics/ggml-blocks.ts'
import { type ReadItem, serialStates } from '../statistics/serial-states.ts'
import type { ValueItem } from '../statistics/statistics-plan.ts'
import type {
  DigestTask,
  DistanceOperand,
  DistanceTask,
  PackedTensor,
  PlainTensor,
  StatisticsTask,
  Task,
  TaskResults,
} from './task.ts'

/** What tasks are done with. */
export interface Tools extends Pick<GatherContext, 'open' | 'blob'> {
  hash(): Hash
}

/**
 * Does a task in this thread.
 *
 * @throws SdinspectError what reading throws; of statistics that of a slice is its result
 */
export async function perform<T extends Task>(task: T, tools: Tools): Promise<TaskResults[T['kind']]> {
  switch (task.kind) {
    case 'statistics':
      return (await statistics(task, tools)) as TaskResults[T['kind']]
    case 'digest':
      return (await digests(task, tools)) as TaskResults[T['kind']]
    case 'distance':
      return (await distance(task, tools)) as TaskResults[T['kind']]
  }
}

async function statistics(
  { limits, items, tensors, packed, slices, extent, looks }: StatisticsTask,
  tools: Tools,
): Promise<readonly ItemResult[]> {
  const places = new Map(items.map((item, at) => [item, at]))
  const values = (tensor: PlainTensor, options: Parameters<ReadItem>[1]) =>
    gather(tensor, { limits, ...tools }, options)
  const weights = packed.map((one, at) => one && workedOut(one, items[at] as ValueItem, values))
  const read: ReadItem = (item, options) => {
    const at = places.get(item) as number
    return weights[at]?.windows(item, options.range) ?? values(tensors[at] as PlainTensor, options)
  }
  const results: ItemResult[] = []
  const look: NonNullable<Parameters<typeof serialStates>[3]>['look'] = (item, range) => {
    const how = looks[results.length]
    return how === 'no' ? undefined : new Look(item, how === 'keep', range)
  }
  for await (const result of serialStates(items, slices, read, { extent, look })) results.push(result)
  return results
}

function workedOut(
  { tensor, among, said, tensors }: PackedTensor,
  { index, isRun }: ValueItem,
  read: (tensor: PlainTensor, options: Parameters<ReadStored>[1]) => AsyncIterable<Uint8Array>,
): WorkedOut {
  const reported = new Map(among.map((one) => [one.name, one]))
  const settings = new Map(said)
  const stored = new Map(tensors.map((one) => [one.name, one]))
  const weights = new WorkedOut(
    (name) => reported.get(name),
    (key) => settings.get(key),
    (name, options) => read(stored.get(name) as PlainTensor, options),
  )
  weights.item(index, tensor, isRun)
  return weights
}

async function digests({ limits, pieces }: DigestTask, tools: Tools): Promise<readonly string[]> {
  const found: string[] = []
  for (const { head, tensor } of pieces) {
    const values = (options: GatherOptions) => gather(tensor, { limits, ...tools }, options)
    found.push(await hashed(head, values, tools.hash()))
  }
  return found
}

async function distance({ limits, a, b }: DistanceTask, tools: Tools): Promise<ValueDistance> {
  const values = (tensor: PlainTensor, options: GatherOptions) =>
    gather(tensor, { limits, ...tools }, options)
  const side = (operand: DistanceOperand): ComparedValues => {
    if ('packed' in operand) {
      const { packed, item } = operand
      return { dtype: 'F32', values: workedOut(packed, item, values).stepped(item) }
    }
    const { dtype, tensor } = operand
    const decoding = dtypes[dtype].block.elements === 1 ? null : ggmlDecoding(dtype)
    if (decoding !== null)
      return { dtype: 'F32', values: ofBlocks(values(tensor, { windowBytes: blockWindow }), decoding) }
    const windowBytes = (distanceWindowElements * dtypes[dtype].bits) / 8
    const windows = values(tensor, { windowBytes })
    const doubles = async function* () {
      for await (const bytes of windows) yield doublesOf(bytes, dtype) as Float64Array
    }
    return { dtype, values: doubles() }
  }
  return distanceBetween(side(a), side(b))
}

const blockWindow = 256 << 10

async function* ofBlocks(windows: AsyncIterable<Uint8Array>, decoding: Decoding) {
  for await (const bytes of decodedWindows(windows, decoding))
    yield withBlockSteps(doublesOf(bytes, 'F32') as Float64Array)
}
