import { sameShape } from '../../model/shape.ts'
import type { ModuleView } from '../module-view.ts'
import type { Layout } from './layout.ts'
import { parameters } from './linear.ts'
import { isLoss } from './loss-name.ts'

function isNormName(view: ModuleView): boolean {
  const name = view.word.toLowerCase()
  return (
    name.includes('norm') ||
    name.startsWith('ln') ||
    name.endsWith('ln') ||
    name.startsWith('bn') ||
    name.startsWith('gn')
  )
}

/**
 * Losses of torch.nn keep class weights as buffers: `weight` [classes], `pos_weight`
 * (torch/nn/modules/loss.py, `register_buffer`).
 */
export const loss: Layout = {
  id: 'loss',
  recognise(view) {
    if (view.rank('weight') > 1 || view.rank('pos_weight') > 1) return null
    if (!view.isLeaf || !view.only('weight', 'pos_weight') || !isLoss(view)) return null
    return {
      classes: [view.has('pos_weight') ? 'BCEWithLogitsLoss' : 'CrossEntropyLoss'],
      detail: '',
      kinds: { weight: 'buffer', pos_weight: 'buffer' },
      reason: 'class weights of a loss: torch.nn losses register them as buffers',
    }
  },
}

/**
 * LayerNorm and GroupNorm: `weight` and `bias` of one shape; RMSNorm, and norms without bias: `weight` alone
 * (torch/nn/modules/normalization.py). PReLU is a lone vector too (activation.py): parameters all of them.
 */
export const norm: Layout = {
  id: 'norm',
  recognise(view, around) {
    const weight = view.shape('weight')
    if (weight?.length !== 1 || !view.isLeaf) return null
    const size = String(weight[0])
    const bias = view.shape('bias')
    if (bias !== undefined) {
      if (!sameShape(weight, bias) || !view.only('weight', 'bias')) return null
      const convolutions = view.parent !== undefined && around.convolutionRank(view.parent) !== 0
      return parameters(
        convolutions ? ['GroupNorm', 'LayerNorm'] : ['LayerNorm'],
        size,
        'weight and bias of equal length: LayerNorm or GroupNorm',
      )
    }
    // PyG's VecLayerNorm keeps its scale as a buffer unless told to train it.
    if (!view.only('weight') || isLoss(view) || view.name.startsWith('vec_')) return null
    if (isNormName(view))
      return parameters(
        ['RMSNorm', 'LayerNorm'],
        size,
        'a lone vector in a module named as a norm: RMSNorm, or LayerNorm without bias',
      )
    if (weight[0] === 1 || around.lengths.has(weight[0] ?? 0)) {
      return parameters(
        ['RMSNorm', 'PReLU'],
        size,
        'a lone vector as long as a dimension of the model: a norm or PReLU',
      )
    }
    return null
  },
}

/** Norms over feature maps that keep their dimensions: ConvNeXt's GRN (`weight`, `bias` [1, 1, 1, C]) and like ones. */
export const shapedNorm: Layout = {
  id: 'shaped-norm',
  recognise(view) {
    const weight = view.shape('weight')
    const bias = view.shape('bias')
    if (
      weight === undefined ||
      bias === undefined ||
      weight.length < 2 ||
      !sameShape(weight, bias) ||
      !view.isLeaf
    )
      return null
    if (!view.only('weight', 'bias')) return null
    const wide = weight.filter((length) => length !== 1)
    if (wide.length > 1 && !isNormName(view)) return null
    return parameters(['LayerNorm'], wide.join('×'), 'weight and bias of one shape: a norm')
  },
}
