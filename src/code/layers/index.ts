import { multiheadAttention } from './attention.ts'
import { convolutions } from './convolution.ts'
import type { LayerClass } from './layer.ts'
import { bilinear, embeddings, linear } from './linear.ts'
import { losses } from './loss.ts'
import { groupNorm, layerNorm, prelu, rmsNorm, statisticNorms } from './norm.ts'
import { recurrentLayers } from './recurrent.ts'

const classes: readonly LayerClass[] = [
  linear,
  bilinear,
  ...embeddings,
  ...convolutions,
  ...statisticNorms,
  layerNorm,
  groupNorm,
  rmsNorm,
  prelu,
  ...recurrentLayers,
  multiheadAttention,
  ...losses,
]

const byName = new Map(classes.map((each) => [each.name, each]))

/** The class of torch.nn of this name, where it is known which entries it has. */
export function layerClass(name: string): LayerClass | undefined {
  return byName.get(name)
}
