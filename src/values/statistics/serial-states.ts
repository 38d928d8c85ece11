import { isSdinspectError, SdinspectError } from '../../errors.ts'
import { type DType, dtypes } from '../../model/dtype.ts'
import type { StatisticsSource } from './checkpoint-statistics.ts'
import type { Kernel } from './kernel.ts'
import { portableKernel } from './portable-kernels.ts'
import type { ValueItem } from './value-items.ts'

/** Bytes that are read at once. Whole elements and whole blocks of every type. */
const windowBytes = 3 << 20

/** Computes one tensor after the other, in this thread. */
export function serialStates(
  read: (item: ValueItem, windowBytes: number) => AsyncIterable<Uint8Array>,
): StatisticsSource {
  return {
    async *states(items) {
      const kernels = new Map<DType, Kernel>()
      for (const item of items) {
        const { dtype } = item
        const kernel = kernels.get(dtype) ?? portableKernel(dtype, item.elements)
        if (kernel === null) throw new SdinspectError('internal/bug', `no kernel for ${dtype}`)
        // One of a packed type knows how many elements come; one that was left half way is not used again.
        kernels.delete(dtype)
        try {
          for await (const bytes of read(item, windowBytes)) kernel.add(bytes)
          const state = kernel.finish()
          if (dtypes[dtype].bits >= 8) kernels.set(dtype, kernel)
          yield { state }
        } catch (error) {
          if (!isSdinspectError(error)) throw error
          yield { error }
        }
      }
    },
  }
}
