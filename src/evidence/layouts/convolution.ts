import type { Layout } from './layout.ts'
import { parameters } from './linear.ts'

/**
 * Conv1d/2d/3d: `weight` [out, in/groups, kernel…], `bias` [out]; ConvTranspose: `weight` [in, out/groups,
 * kernel…], `bias` [out] (torch/nn/modules/conv.py). Scaled-weight-standardised convolutions of timm
 * (layers/std_conv.py) have `gain` [out, 1, 1, 1] besides. What ggml calls `ffn_up_exps` is a Linear of each expert,
 * one upon the other (gguf-py, `MODEL_TENSOR.FFN_UP_EXP`).
 */
export const convolution: Layout = {
  id: 'convolution',
  recognise(view) {
    const weight = view.shape('weight')
    if (weight === undefined || weight.length < 3 || weight.length > 5 || !view.isLeaf) return null
    if (!view.only('weight', 'bias', 'gain') || view.name.endsWith('_exps')) return null
    const [first = 0, second = 0, ...kernel] = weight
    const bias = view.shape('bias')
    if (bias !== undefined && bias.length !== 1) return null
    const gain = view.shape('gain')
    if (gain !== undefined && (gain[0] !== first || gain.some((length, i) => i > 0 && length !== 1)))
      return null
    const size = kernel.join('×')
    const dimensions = `${weight.length - 2}d`
    const found = (name: string, detail: string, order: string) => ({
      ...parameters(
        [`${name}${dimensions}`],
        `${detail} ${size}`,
        `weight ${order}${bias === undefined ? '' : ' and bias [out]'}: ${name}${dimensions}`,
      ),
      kinds: { weight: 'parameter', bias: 'parameter', gain: 'parameter' } as const,
    })
    if (bias === undefined || bias[0] === first) {
      return second === 1 && first > 1
        ? found('Conv', `${first} depthwise`, '[out, in/groups, kernel]')
        : found('Conv', `${second}→${first}`, '[out, in/groups, kernel]')
    }
    const length = bias[0] ?? 0
    if (second > 0 && length % second === 0)
      return found('ConvTranspose', `${first}→${length}`, '[in, out/groups, kernel]')
    return null
  },
}
