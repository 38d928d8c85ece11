import type { DType } from '../../model/tensors/dtype.ts'
import { CodeKernel, PackedKernel } from './code-kernel.ts'
import { codeTableOf } from './code-table.ts'
import { ComplexKernel } from './complex-kernel.ts'
import { float32, float64 } from './float-block.ts'
import { FloatKernel, type ReadNumber } from './float-kernel.ts'
import { IntegerKernel } from './integer-kernel.ts'
import type { Kernel } from './kernel.ts'

const readFloat32: ReadNumber = (bytes, at) => bytes.getFloat32(at, true)
const readFloat64: ReadNumber = (bytes, at) => bytes.getFloat64(at, true)
const readFloat16: ReadNumber = (bytes, at) => codeTableOf('F16')?.values[bytes.getUint16(at, true)] as number

/**
 * A kernel in plain TypeScript; null for a type whose bits stand for no numbers.
 *
 * @param elements that will come, which of a packed type may be fewer than its bytes hold
 */
export function portableKernel(dtype: DType, elements: number): Kernel | null {
  switch (dtype) {
    case 'F32':
      return new FloatKernel(float32, readFloat32, 4)
    case 'F64':
      return new FloatKernel(float64, readFloat64, 8)
    case 'I32':
    case 'QI32':
      return new IntegerKernel((bytes, at) => BigInt(bytes.getInt32(at, true)), 4)
    case 'U32':
      return new IntegerKernel((bytes, at) => BigInt(bytes.getUint32(at, true)), 4)
    case 'I64':
      return new IntegerKernel((bytes, at) => bytes.getBigInt64(at, true), 8)
    case 'U64':
      return new IntegerKernel((bytes, at) => bytes.getBigUint64(at, true), 8)
    case 'C32':
      return new ComplexKernel(readFloat16, 2)
    case 'C64':
      return new ComplexKernel(readFloat32, 4)
    case 'C128':
      return new ComplexKernel(readFloat64, 8)
    default: {
      const table = codeTableOf(dtype)
      if (table === null) return null
      return table.size < 256 ? new PackedKernel(table, elements) : new CodeKernel(table)
    }
  }
}
