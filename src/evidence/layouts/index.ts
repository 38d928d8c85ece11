import { attention } from './attention.ts'
import { batchNorm } from './batch-norm.ts'
import { convolution } from './convolution.ts'
import type { Layout } from './layout.ts'
import { bilinear, linear } from './linear.ts'
import { loss, norm, shapedNorm } from './norm.ts'
import { recurrent } from './recurrent.ts'
import { parametrization, reparametrised } from './reparametrised.ts'
import { torchQuantisation } from './torch-quantisation.ts'

/** The first that fits a module speaks for it. */
export const layouts: readonly Layout[] = [
  batchNorm,
  torchQuantisation,
  reparametrised,
  parametrization,
  loss,
  linear,
  bilinear,
  convolution,
  norm,
  shapedNorm,
  recurrent,
  attention,
]
