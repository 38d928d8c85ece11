import type { DType } from '../../src/model/tensors/dtype.ts'

export function writeDeepSeek(path: string): Promise<void>
export function tensors(): Generator<readonly [name: string, dtype: DType, shape: readonly number[]]>
