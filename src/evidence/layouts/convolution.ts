import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Layout, Recognised } from './layout.ts'
import { parameters } from './linear.ts'

/** Channels, and elements of a kernel, that only matrices have both of. */
const widest = 256

/**
 * Conv1d/2d/3d: `weight` [out, in/groups, kernel…], `bias` [out]; ConvTranspose: `weight` [in, out/groups,
 * kernel…], `bias` [out] (torch/nn/modules/conv.py). Scaled-weight-standardised convolutions of timm
 * (layers/std_conv.py) have `gain` [out, 1, 1, 1] besides. What ggml calls `ffn_up_exps` is a Linear of each expert,
 * one upon the other (gguf-py, `MODEL_TENSOR.FFN_UP_EXP`). One input channel is that of a depthwise convolution where what comes
 * before has as many outputs as it has channels; else it may be the first of a picture in grey.
 */
export const convolution: Layout = {
  id: 'convolution',
  recognise(view, around) {
    const weight = view.shape('weight')
    if (weight === undefined || !isKernel(weight) || !view.isLeaf) return null
    if (!view.only('weight', 'bias', 'gain') || view.name.endsWith('_exps')) return null
    const gain = view.shape('gain')
    if (gain !== undefined && (gain[0] !== weight[0] || gain.some((length, i) => i > 0 && length !== 1)))
      return null
    const found = layerOfKernel(view, around, weight, view.shape('bias'))
    return found === null ? null : { ...found, kinds: { ...found.kinds, gain: 'parameter' } }
  },
}

/** Whether a weight has the dimensions of a convolution's. */
export function isKernel(weight: readonly number[]): boolean {
  return weight.length >= 3 && weight.length <= 5
}

/** The layer that has this weight of three to five dimensions, and this bias or none; null where the two do not fit. */
export function layerOfKernel(
  view: ModuleView,
  around: Surroundings,
  weight: readonly number[],
  bias: readonly number[] | undefined,
): Recognised | null {
  const [first = 0, second = 0, ...kernel] = weight
  const [length = 0] = kernel
  // Matrices of experts, one upon the other: no kernel is as long as a model is wide.
  if (weight.length === 3 && second >= widest && length >= widest) return null
  if (weight.length === 3 && length !== 1 && matrices.test(view.name)) return sideBySide(weight)
  // What a generator begins with is a picture of its own, with no layer.
  if (/const/i.test(view.name)) return parameters([], '', 'a constant input')
  if (bias !== undefined && bias.length !== 1) return null
  const found = (names: readonly string[], channels: string, order: string) =>
    parameters(
      names.map((name) => `${name}${kernel.length}d`),
      `${channels} ${kernel.join('×')}`,
      `weight ${order}${bias === undefined ? '' : ' and bias [out]'}: ${names[0]}${kernel.length}d`,
    )
  // One number for each channel scales them as often as it sums them up.
  if (bias === undefined && first === 1 && second > 1 && isPoint(kernel) && !isNamedLayer(view))
    return parameters([], '', `weight [${weight.join(', ')}]: a scale, or a convolution to one channel`)
  const asConvolution = '[out, in/groups, kernel]'
  if (bias === undefined || bias[0] === first) {
    const isDepthwise = second === 1 && first > 1 && view.outputsBefore === first
    const isOpen = mayBeTransposed(view, around, weight, bias)
    const after = isOpen && first !== second ? view.lengthAfter : null
    // A norm after it is as long as its outputs.
    if (after === second && second !== 1)
      return found(['ConvTranspose'], `${first}→${second}`, '[in, out, kernel]')
    return found(
      isOpen && after !== first ? ['Conv', 'ConvTranspose'] : ['Conv'],
      isDepthwise ? `${first} depthwise` : `${second}→${first}`,
      asConvolution,
    )
  }
  const outputs = bias[0] ?? 0
  const groups = outputs / second
  if (groups === 1 || (Number.isInteger(groups) && first % groups === 0 && isNamedTransposed(view)))
    return found(['ConvTranspose'], `${first}→${outputs}`, '[in, out/groups, kernel]')
  // As many matrices, one beside the other, have the shapes of a convolution in groups.
  return Number.isInteger(groups) ? sideBySide(weight) : null
}

function isPoint(kernel: readonly number[]): boolean {
  return kernel.every((length) => length === 1)
}

/** Whether it is called as a layer that maps its input to other channels, or stands in a list of them. */
function isNamedLayer({ name, word }: ModuleView): boolean {
  return name === '0' || /conv|proj|head|fc|lin|out|att|gate|logit|score|pred|mask|cls|psi|layer/i.test(word)
}

/** What is called a matrix, and has three dimensions. */
const matrices = /^(?:\w{1,40}_)?(?:lin|linear|fc|dense|experts?)(?:_?[a-z0-9])?$/i

function sideBySide(weight: readonly number[]): Recognised {
  return parameters([], '', `weight [${weight.join(', ')}]: matrices side by side`)
}

/** Words that something which makes a picture or a sound larger is called by. */
const growing =
  /^(?:up|ups|upper|dec|decode|decoder|decoders|deconv|tr|trans|transp|transpose|transposed|conv_?t|convt|gen|generator|synthesis|expand|recon|reconstruct)$/

function isNamedTransposed(view: ModuleView): boolean {
  for (let up: ModuleView | undefined = view, i = 0; up !== undefined && i < mostUp; up = up.parent, i++)
    if (grows(up.name)) return true
  return false
}

/** Whether it is called as what reads a picture or a sound, or makes it smaller. */
function isNamedReading({ word, parent }: ModuleView): boolean {
  return [word, parent?.word ?? ''].some((name) => /patch|embed|stem|enc|disc|down|pool/i.test(name))
}

/** Modules up from a layer whose names are looked at. */
const mostUp = 16

function grows(name: string): boolean {
  if (name.length > 100) return false
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
  return (
    words.some((word) => growing.test(word)) ||
    /transp|deconv|convt|up_?(?:conv|sampl|scal|block)/.test(words.join('_'))
  )
}

/**
 * Whether a transposed convolution has the same shapes, and something speaks for one: its name or the name of what it
 * stands in, one beside it that can be nothing else, or a kernel of an even length, which doubles a picture.
 */
function mayBeTransposed(
  view: ModuleView,
  around: Surroundings,
  [first = 0, second = 0, ...kernel]: readonly number[],
  bias: readonly number[] | undefined,
): boolean {
  if (isPoint(kernel)) return false
  // With a bias [first] the outputs are `first`: of as many inputs, or in groups.
  if (bias !== undefined && first !== second && second !== 1) return false
  const isEven = kernel.some((length) => length % 2 === 0)
  if (isEven && (first === second || (bias === undefined && second !== 1 && !isNamedReading(view))))
    return true
  return isNamedTransposed(view) || isListedWithTransposed(view, around)
}

/** Whether it is one of a list of layers, or of a list's blocks, in which one can be nothing else. */
function isListedWithTransposed({ name, parent }: ModuleView, around: Surroundings): boolean {
  if (parent === undefined || name !== '0') return false
  return around.hasTransposed(parent) || (parent.parent !== undefined && around.hasTransposed(parent.parent))
}
