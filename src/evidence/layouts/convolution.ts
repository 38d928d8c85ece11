import type { ModuleView } from '../module-view.ts'
import type { Layout } from './layout.ts'
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
  recognise(view) {
    const weight = view.shape('weight')
    if (weight === undefined || weight.length < 3 || weight.length > 5 || !view.isLeaf) return null
    if (!view.only('weight', 'bias', 'gain') || view.name.endsWith('_exps')) return null
    const [first = 0, second = 0, ...kernel] = weight
    // Matrices of experts, one upon the other: no kernel is as long as a model is wide.
    if (weight.length === 3 && second >= widest && (kernel[0] ?? 0) >= widest) return null
    const bias = view.shape('bias')
    if (bias !== undefined && bias.length !== 1) return null
    const gain = view.shape('gain')
    if (gain !== undefined && (gain[0] !== first || gain.some((length, i) => i > 0 && length !== 1)))
      return null
    const size = kernel.join('×')
    const dimensions = `${weight.length - 2}d`
    const found = (name: string, detail: string, order: string, others: readonly string[] = []) => ({
      ...parameters(
        [name, ...others].map((one) => `${one}${dimensions}`),
        `${detail} ${size}`,
        `weight ${order}${bias === undefined ? '' : ' and bias [out]'}: ${name}${dimensions}`,
      ),
      kinds: { weight: 'parameter', bias: 'parameter', gain: 'parameter' } as const,
    })
    if (bias === undefined || bias[0] === first) {
      return second === 1 && first > 1 && view.outputsBefore === first
        ? found('Conv', `${first} depthwise`, '[out, in/groups, kernel]')
        : found(
            'Conv',
            `${second}→${first}`,
            '[out, in/groups, kernel]',
            mayBeTransposed(view, weight) ? ['ConvTranspose'] : [],
          )
    }
    const length = bias[0] ?? 0
    if (second > 0 && length % second === 0)
      return found('ConvTranspose', `${first}→${length}`, '[in, out/groups, kernel]')
    return null
  },
}

/**
 * Whether a transposed convolution has the same shapes, and something speaks for one: its name, or a square weight
 * with a kernel of 2 or 4, which doubles a picture.
 */
function mayBeTransposed(view: ModuleView, [first = 0, second = 0, ...kernel]: readonly number[]): boolean {
  const isSquare = first === second
  if (!isSquare && view.has('bias')) return false
  if (isSquare && kernel.every((length) => length === 2 || length === 4)) return true
  return [view.word, view.parent?.word ?? ''].some((name) =>
    /transp|deconv|convt|up_?conv|upsampl|^up$/i.test(name),
  )
}
