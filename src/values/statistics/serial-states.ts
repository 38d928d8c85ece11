import { isSdinspectError, SdinspectError } from '../../errors.ts'
import { dtypes } from '../../model/tensors/dtype.ts'
import type { GatherOptions } from '../gather.ts'
import type { Look } from '../look.ts'
import type { ItemResult } from './checkpoint-statistics.ts'
import { decodedWindows } from './decoded-windows.ts'
import { ggmlDecoding } from './ggml-blocks.ts'
import { blockElements, type Extent, type MakeKernel } from './kernel.ts'
import { portableKernel } from './portable-kernels.ts'
import { loadSimd } from './simd-kernels.ts'
import type { Slice } from './slices.ts'
import type { ValueItem } from './statistics-plan.ts'
import type { ValueState } from './value-state.ts'

/** Bytes that are read at once: whole blocks of every type, and few enough to be in the processor's cache. */
const windowBytes = 48 * 4 * blockElements

/** Gives a slice of the values of an item in windows. */
export type ReadItem = (
  item: ValueItem,
  options: Pick<GatherOptions, 'windowBytes' | 'into' | 'range'>,
) => AsyncIterable<Uint8Array>

export interface HowToLook {
  readonly extent?: Extent | undefined
  /** What else sees the bytes of a slice. */
  look?(item: ValueItem, range: GatherOptions['range']): Look | undefined
}

/** What slices come to, one after the other, in this thread. */
export async function* serialStates(
  items: readonly ValueItem[],
  slices: readonly Slice[],
  read: ReadItem,
  { extent = 'full', look }: HowToLook = {},
): AsyncGenerator<ItemResult> {
  const makeKernel = (await loadSimd())?.kernel ?? portableKernel
  for (const { item, from, to } of slices) {
    const whole = items[item] as ValueItem
    const range = from === 0 && to === whole.bytes ? undefined : { from, to }
    const own = look?.(whole, range)
    try {
      const state = await stateOf(
        whole,
        range,
        own === undefined ? read : seenBy(own, read),
        makeKernel,
        extent,
      )
      yield { state, ...(own && { look: own.state() }) }
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      yield { error }
    }
  }
}

function seenBy(look: Look, read: ReadItem): ReadItem {
  return async function* (item, options) {
    for await (const bytes of read(item, options)) {
      look.add(bytes)
      yield bytes
    }
  }
}

async function stateOf(
  item: ValueItem,
  range: GatherOptions['range'],
  read: ReadItem,
  makeKernel: MakeKernel,
  extent: Extent,
): Promise<ValueState> {
  // Elements of less than a byte may end before their bytes do.
  const perByte = 8 / dtypes[item.dtype].bits
  const last = Math.min(item.elements, (range?.to ?? item.bytes) * perByte)
  const blocks = ggmlDecoding(item.dtype)
  const kernel = makeKernel(blocks === null ? item.dtype : 'F32', last - (range?.from ?? 0) * perByte, extent)
  if (kernel === null) throw new SdinspectError('internal/bug', `no kernel for ${item.dtype}`)
  const into = kernel.room === undefined || blocks !== null ? undefined : () => kernel.room as Uint8Array
  const windows = read(item, { windowBytes, into, range })
  for await (const bytes of blocks === null ? windows : decodedWindows(windows, blocks)) kernel.add(bytes)
  return kernel.finish()
}
