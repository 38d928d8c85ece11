import type { Limits } from '../limits.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import type { Chunk } from '../model/values/chunk.ts'
import type { ByteSource } from '../source/source.ts'

/** What a tensor's values are gathered from. */
export interface GatherContext {
  readonly limits: Limits
  /** Opens a file of the checkpoint, or gives it again. Who made the context closes it. */
  open(file: string): Promise<ByteSource>
  /** Where the tensor is that a file of its own within `source` holds. */
  blob(source: ByteSource, chunk: Chunk): Promise<Pick<Tensor, 'dtype' | 'shape' | 'values'>>
}
