import { awq } from './awq.ts'
import { bitsandbytes } from './bitsandbytes.ts'
import { compressedTensors } from './compressed-tensors.ts'
import type { Dequantiser, PackedWeight, Recipe } from './dequantiser.ts'
import { fp4 } from './fp4.ts'
import { gptq } from './gptq.ts'
import { hqq } from './hqq.ts'
import { mlx } from './mlx.ts'
import { quanto } from './quanto.ts'
import { scaledBytes } from './scaled-bytes.ts'
import { torchao } from './torchao.ts'

const dequantisers: readonly Dequantiser[] = [
  scaledBytes,
  fp4,
  gptq,
  awq,
  bitsandbytes,
  compressedTensors,
  mlx,
  hqq,
  quanto,
  torchao,
]

/** How the values of a packed weight are worked out; null where its layout is not among those that are known. */
export function recipeOf(weight: PackedWeight): Recipe | null {
  for (const dequantiser of dequantisers) {
    const recipe = dequantiser.recipe(weight)
    if (recipe !== null) return recipe
  }
  return null
}
