import { hole, listed, type Template } from '../template.ts'
import { buffer, type LayerClass, parameter } from './layer.ts'

/** torch/nn/modules/batchnorm.py, and instancenorm.py where statistics are kept. */
function withStatistics(name: string): LayerClass {
  const isInstance = name.startsWith('Instance')
  return {
    name,
    untold: 'eps, momentum',
    call(own) {
      const shape = (own.get('running_mean') ?? own.get('weight'))?.shape
      if (shape?.length !== 1) return null
      const affine = own.has('weight')
      const tracks = own.has('running_mean')
      return {
        arguments: [
          hole(shape[0] ?? 0, 'num_features'),
          // The defaults are True and True of a batch norm, False and False of an instance norm.
          ...(affine === isInstance ? [`affine=${isInstance ? 'True' : 'False'}`] : []),
          ...(tracks === isInstance ? [`track_running_stats=${isInstance ? 'True' : 'False'}`] : []),
        ],
        registers: [
          ...(affine ? [parameter('weight', shape), parameter('bias', shape)] : []),
          ...(tracks
            ? [
                buffer('running_mean', shape),
                buffer('running_var', shape),
                buffer('num_batches_tracked', [], 'I64'),
              ]
            : []),
        ],
      }
    },
  }
}

export const statisticNorms = [
  ...[1, 2, 3].map((dimensions) => withStatistics(`BatchNorm${dimensions}d`)),
  withStatistics('SyncBatchNorm'),
  ...[1, 2, 3].map((dimensions) => withStatistics(`InstanceNorm${dimensions}d`)),
]

/** `768`, or `(4, 8)` for a norm over several dimensions. */
function normalizedShape(shape: readonly number[]): Template {
  if (shape.length === 1) return hole(shape[0] ?? 0, 'normalized_shape')
  return listed([...shape.map((length) => hole(length, 'normalized_shape'))])
}

/** torch/nn/modules/normalization.py. */
export const layerNorm: LayerClass = {
  name: 'LayerNorm',
  untold: 'eps',
  call(own) {
    const shape = own.get('weight')?.shape
    if (shape === undefined || shape.length === 0) return null
    const hasBias = own.has('bias')
    return {
      arguments: [normalizedShape(shape), ...(hasBias ? [] : ['bias=False'])],
      registers: [parameter('weight', shape), ...(hasBias ? [parameter('bias', shape)] : [])],
    }
  },
}

/** torch/nn/modules/normalization.py. */
export const rmsNorm: LayerClass = {
  name: 'RMSNorm',
  untold: 'eps',
  call(own) {
    const shape = own.get('weight')?.shape
    if (shape === undefined || shape.length === 0) return null
    return { arguments: [normalizedShape(shape)], registers: [parameter('weight', shape)] }
  },
}

/** torch/nn/modules/normalization.py. The number of groups leaves no trace and has no default: 1 divides all. */
export const groupNorm: LayerClass = {
  name: 'GroupNorm',
  untold: 'num_groups, for which 1 stands; eps',
  call(own) {
    const shape = own.get('weight')?.shape
    if (shape?.length !== 1) return null
    return {
      arguments: ['1', hole(shape[0] ?? 0, 'num_channels')],
      registers: [parameter('weight', shape), parameter('bias', shape)],
    }
  },
}

/** torch/nn/modules/activation.py. */
export const prelu: LayerClass = {
  name: 'PReLU',
  untold: '',
  call(own) {
    const shape = own.get('weight')?.shape
    if (shape?.length !== 1) return null
    return { arguments: [hole(shape[0] ?? 0, 'num_parameters')], registers: [parameter('weight', shape)] }
  },
}
