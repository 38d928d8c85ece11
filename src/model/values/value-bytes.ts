import { type DType, dtypes } from '../tensors/dtype.ts'

/** Bytes of so many values, once they are decoded. Those of a text are doubles. */
export function valueBytes(elements: number, dtype: DType | null): number {
  return dtype === null ? 8 * elements : Math.ceil((elements * dtypes[dtype].bits) / 8)
}
