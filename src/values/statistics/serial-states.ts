import { isSdinspectError, SdinspectError } from '../../errors.ts'
import type { GatherOptions } from '../gather.ts'
import type { StatisticsSource } from './checkpoint-statistics.ts'
import { blockElements, type Extent, type MakeKernel } from './kernel.ts'
import { portableKernel } from './portable-kernels.ts'
import { loadSimd } from './simd-kernels.ts'
import type { ValueItem } from './value-items.ts'
import type { ValueState } from './value-state.ts'

/** Bytes that are read at once: whole blocks of every type, and few enough to be in the processor's cache. */
const windowBytes = 48 * 4 * blockElements

/** Gives the values of an item in windows. */
export type ReadItem = (
  item: ValueItem,
  options: Pick<GatherOptions, 'windowBytes' | 'into'>,
) => AsyncIterable<Uint8Array>

/** The fastest kernels there are here. */
async function bestKernels(): Promise<MakeKernel> {
  return (await loadSimd())?.kernel ?? portableKernel
}

/** Computes one tensor after the other, in this thread. */
export function serialStates(read: ReadItem, extent: Extent = 'full'): StatisticsSource {
  return {
    async *states(items) {
      const makeKernel = await bestKernels()
      for (const item of items) {
        try {
          yield { state: await stateOf(item, read, makeKernel, extent) }
        } catch (error) {
          if (!isSdinspectError(error)) throw error
          yield { error }
        }
      }
    },
  }
}

/** What the values of one item come to. */
async function stateOf(
  item: ValueItem,
  read: ReadItem,
  makeKernel: MakeKernel,
  extent: Extent,
): Promise<ValueState> {
  const kernel = makeKernel(item.dtype, item.elements, extent)
  if (kernel === null) throw new SdinspectError('internal/bug', `no kernel for ${item.dtype}`)
  const into = kernel.room === undefined ? undefined : () => kernel.room as Uint8Array
  for await (const bytes of read(item, { windowBytes, into })) kernel.add(bytes)
  return kernel.finish()
}
