import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { isLittleEndian } from '../value-window.ts'
import type { BlockDecoder } from './ggml-blocks.ts'
import type { Kernel } from './kernel.ts'
import type { ValueState } from './value-state.ts'

/** Elements that are decoded before they are added. */
const decodedAtOnce = 4_096

/** Takes quantised blocks, and adds up the float32 values that they stand for. */
export class BlockKernel implements Kernel {
  readonly #decode: BlockDecoder
  readonly #inner: Kernel
  readonly #elements: number
  readonly #bytes: number
  readonly #values = new Float32Array(decodedAtOnce)

  /** @param inner a kernel of F32 */
  constructor(dtype: DType, decode: BlockDecoder, inner: Kernel) {
    const { block } = dtypes[dtype]
    this.#decode = decode
    this.#inner = inner
    this.#elements = block.elements
    this.#bytes = block.bytes
  }

  add(bytes: Uint8Array): void {
    let filled = 0
    for (let at = 0; at + this.#bytes <= bytes.length; at += this.#bytes) {
      this.#decode(bytes, at, this.#values, filled)
      filled += this.#elements
      if (filled < decodedAtOnce) continue
      this.#flush(filled)
      filled = 0
    }
    if (filled > 0) this.#flush(filled)
  }

  finish(): ValueState {
    return this.#inner.finish()
  }

  #flush(count: number): void {
    const bytes = new Uint8Array(this.#values.buffer, 0, 4 * count)
    if (!isLittleEndian) {
      const view = new DataView(bytes.buffer)
      for (let i = 0; i < count; i++) view.setFloat32(4 * i, this.#values[i] as number, true)
    }
    this.#inner.add(bytes)
  }
}
