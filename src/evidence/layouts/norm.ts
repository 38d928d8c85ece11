import { sameShape } from '../../model/tensors/shape.ts'
import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'
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

/** Vectors of fairseq and tables of angles of llama.cpp, which are applied as they are. */
function isNoNorm(name: string): boolean {
  return name.startsWith('vec_') || /^rope_(?:freqs|factors)/.test(name)
}

/** ConvNeXt's response normalisation and RevIN have the tensors of a LayerNorm, and are none. */
function isOtherNorm(name: string): boolean {
  return /grn$|rev_?in(?![a-z])/i.test(name)
}

function isLayerNormName(name: string): boolean {
  return /layer_?norm|^ln(?![a-z])|_ln(?![a-z])|^ln$/i.test(name)
}

/** Whether it is called a LayerNorm, and stands beside matrices: those beside convolutions alone are GroupNorms by that name. */
function isNamedLayerNorm(view: ModuleView, around: Surroundings): boolean {
  const { parent } = view
  if (!isLayerNormName(view.word)) return false
  return parent === undefined || !around.isOfConvolutions(parent)
}

/** MobileBERT's layers, which have a bottleneck, call LayerNorm what norms nothing (transformers, modeling_mobilebert.py). */
function isBesideBottleneck(view: ModuleView): boolean {
  let up = 0
  for (let at = view.parent; at !== undefined && up < 4; at = at.parent, up++)
    if (at.child('bottleneck')?.child('input')?.child('LayerNorm') !== undefined) return true
  return false
}

/** Convolutions that a transformer reads its pictures or sounds with. */
const mostOfTransformers = 2

/** Where there are convolutions any norm may be a GroupNorm, but for those of transformers, which stand beside matrices. */
function isInTransformer(view: ModuleView, around: Surroundings): boolean {
  const { parent } = view
  // diffusers' temporal transformers group the norm before their first projection.
  const isBeforeProjection = parent?.child('proj_in') !== undefined && parent.child('proj_out') !== undefined
  if (isBeforeProjection || /group_?norm|^gn(?![a-z])|_gn(?![a-z])/i.test(view.word)) return false
  if (around.convolutions === 0) return around.lengths.has(view.shape('weight')?.[0] ?? 0)
  return around.convolutions <= mostOfTransformers && parent !== undefined && around.hasMatrices(parent)
}

/**
 * What a norm with weight and bias may be, the likeliest first. InstanceNorm has both where it is told to learn them, and
 * diffusers' RMSNorm a bias (models/normalization.py).
 */
function anyNorm(view: ModuleView, around: Surroundings, ...likely: readonly string[]): readonly string[] {
  const { parent } = view
  const near =
    parent === undefined ? 0 : around.convolutionRank(parent) || around.innerConvolutionRank(parent)
  const rank = near >= 3 ? near : around.commonRank
  // Tokens are normalised along their length in models of pictures too.
  const instances = rank >= 4 ? [`InstanceNorm${rank - 2}d`, 'InstanceNorm1d'] : ['InstanceNorm1d']
  return [...likely, ...instances, 'RMSNorm']
}

/** Convolutions beside it, in what stands beside it, or around that. */
function isAmongConvolutions(view: ModuleView, around: Surroundings): boolean {
  const { parent } = view
  if (parent === undefined) return false
  if (around.convolutionRank(parent) !== 0) return true
  // Of the whole model it says nothing: every vision transformer has a convolution in its first module.
  if (parent.isRoot) return false
  if (around.innerConvolutionRank(parent) !== 0) return true
  const outer = parent.parent
  return outer !== undefined && !outer.isRoot && around.innerConvolutionRank(outer) !== 0
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
      classes: lossClasses(view),
      detail: '',
      kinds: { weight: 'buffer', pos_weight: 'buffer' },
      reason: 'class weights of a loss: torch.nn losses register them as buffers',
    }
  },
}

/** Which losses of torch.nn keep these weights, where the name tells them from one of somebody's own. */
function lossClasses(view: ModuleView): readonly string[] {
  const { name } = view
  if (view.has('pos_weight')) return /bce/i.test(name) ? ['BCEWithLogitsLoss'] : []
  if (/bce/i.test(name)) return ['BCELoss', 'BCEWithLogitsLoss']
  if (/^ce(?![a-z])|_ce(?![a-z])|cross_?entropy|xent/i.test(name)) return ['CrossEntropyLoss']
  return /nll/i.test(name) ? ['NLLLoss'] : []
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
      if (isOtherNorm(view.word)) return parameters([], '', 'weight and bias of equal length: a norm')
      if (isAmongConvolutions(view, around) && !isNamedLayerNorm(view, around))
        return parameters(
          anyNorm(view, around, 'GroupNorm', 'LayerNorm'),
          size,
          'weight and bias of equal length among convolutions: GroupNorm, LayerNorm, or InstanceNorm or RMSNorm with both',
        )
      return parameters(
        isBesideBottleneck(view)
          ? ['NoNorm', 'LayerNorm']
          : isNamedLayerNorm(view, around) || isInTransformer(view, around)
            ? ['LayerNorm']
            : around.convolutions === 0
              ? ['LayerNorm', 'GroupNorm']
              : anyNorm(view, around, 'LayerNorm', 'GroupNorm'),
        size,
        'weight and bias of equal length: LayerNorm or GroupNorm',
      )
    }
    // PyG's VecLayerNorm keeps its scale as a buffer unless told to train it.
    if (!view.only('weight') || isLoss(view) || isNoNorm(view.name)) return null
    if (/prelu/i.test(view.word))
      return parameters(['PReLU'], size, 'a lone vector in a module named as a PReLU')
    if (isNormName(view))
      return parameters(
        ['RMSNorm', 'LayerNorm'],
        size,
        'a lone vector in a module named as a norm: RMSNorm, or LayerNorm without bias',
      )
    if (weight[0] === 1 || around.lengths.has(weight[0] ?? 0)) {
      return parameters(
        weight[0] === 1 ? ['PReLU', 'RMSNorm'] : ['RMSNorm', 'LayerNorm', 'PReLU'],
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
    // Who shapes its weight to that of its input, with ones, norms along one dimension in a way of its own.
    const isOwn = isOtherNorm(view.word) || (wide.length < 2 && !isLayerNormName(view.word))
    if (isOwn) return parameters([], '', 'weight and bias of one shape: a norm')
    return parameters(['LayerNorm'], wide.join('×'), 'weight and bias of one shape: a norm')
  },
}
