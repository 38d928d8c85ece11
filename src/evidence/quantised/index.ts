import { bitnet } from './bitnet.ts'
import { bitsandbytes } from './bitsandbytes.ts'
import { compressedTensors } from './compressed-tensors.ts'
import { fineGrainedFp8 } from './fine-grained-fp8.ts'
import { gptqAwq } from './gptq-awq.ts'
import { higgs } from './higgs.ts'
import { hqq } from './hqq.ts'
import { mlx } from './mlx.ts'
import { mxfp4 } from './mxfp4.ts'
import type { QuantisedScheme } from './scheme.ts'
import { torchao } from './torchao.ts'

/** Tried in this order on each module; the first that fits speaks. */
export const quantisedSchemes: readonly QuantisedScheme[] = [
  gptqAwq,
  bitsandbytes,
  compressedTensors,
  fineGrainedFp8,
  mxfp4,
  mlx,
  bitnet,
  torchao,
  hqq,
  higgs,
]
