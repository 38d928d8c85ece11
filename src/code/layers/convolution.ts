import { hole, joined, listed, type Template } from '../template.ts'
import { type LayerClass, parameter } from './layer.ts'

/** `3` for [3, 3], `(1, 7)` where the sides differ. */
function kernelSize(kernel: readonly number[]): Template {
  const [side = 0] = kernel
  if (kernel.every((length) => length === side)) return hole(side, 'kernel_size')
  return listed(kernel.map((length) => hole(length, 'kernel_size')))
}

/**
 * torch/nn/modules/conv.py: `weight` [out, in/groups, kernel...]. Groups leave no trace but that; a weight of one input
 * channel and many outputs is taken for depthwise, as the recognition of layers does.
 */
function convolution(dimensions: number): LayerClass {
  return {
    name: `Conv${dimensions}d`,
    untold: 'stride, padding, dilation, groups (but for depthwise ones), padding_mode',
    call(own) {
      const shape = own.get('weight')?.shape
      if (shape?.length !== dimensions + 2) return null
      const [outputs = 0, inputs = 0, ...kernel] = shape
      const isDepthwise = inputs === 1 && outputs > 1
      const hasBias = own.has('bias')
      return {
        arguments: [
          hole(isDepthwise ? outputs : inputs, isDepthwise ? 'channels' : 'in_channels'),
          hole(outputs, isDepthwise ? 'channels' : 'out_channels'),
          kernelSize(kernel),
          ...(isDepthwise ? [joined(['groups=', hole(outputs, 'channels')])] : []),
          ...(hasBias ? [] : ['bias=False']),
        ],
        registers: [parameter('weight', shape), ...(hasBias ? [parameter('bias', [outputs])] : [])],
      }
    },
  }
}

/** torch/nn/modules/conv.py: `weight` [in, out/groups, kernel...], `bias` [out]. */
function transposed(dimensions: number): LayerClass {
  return {
    name: `ConvTranspose${dimensions}d`,
    untold: 'stride, padding, output_padding, dilation; groups where there is no bias',
    call(own) {
      const shape = own.get('weight')?.shape
      if (shape?.length !== dimensions + 2) return null
      const [inputs = 0, each = 0, ...kernel] = shape
      const bias = own.get('bias')?.shape
      const outputs = bias?.[0] ?? each
      if (each === 0 || outputs % each !== 0 || inputs % (outputs / each) !== 0) return null
      return {
        arguments: [
          hole(inputs, 'in_channels'),
          hole(outputs, 'out_channels'),
          kernelSize(kernel),
          ...(outputs === each ? [] : [joined(['groups=', hole(outputs / each, 'groups')])]),
          ...(bias === undefined ? ['bias=False'] : []),
        ],
        registers: [
          parameter('weight', shape),
          ...(bias === undefined ? [] : [parameter('bias', [outputs])]),
        ],
      }
    },
  }
}

export const convolutions = [1, 2, 3].flatMap((dimensions) => [
  convolution(dimensions),
  transposed(dimensions),
])
