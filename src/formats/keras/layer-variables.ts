import type { Kind } from '../../model/verdict.ts'
import type { Layer } from './layers.ts'

// keras/src/layers: `add_weight` of each layer. A layer saves what it trains first, then the rest.

type Kinds = readonly Kind[]

const trained = (count: number): Kinds => Array.from({ length: count }, () => 'parameter')
const flag = ({ config }: Layer, name: string, otherwise: boolean): number =>
  (config.get(name) ?? otherwise) === true ? 1 : 0
const withBias = (layer: Layer, weights = 1): Kinds => trained(weights + flag(layer, 'use_bias', true))
const scaled = (layer: Layer): Kinds => trained(flag(layer, 'scale', true) + flag(layer, 'center', true))

/** What the variables of a layer's own are, in the order in which they are saved. */
const variables: ReadonlyMap<string, (layer: Layer) => Kinds> = new Map<string, (layer: Layer) => Kinds>([
  ...[
    'Dense',
    'Conv1D',
    'Conv2D',
    'Conv3D',
    'Conv1DTranspose',
    'Conv2DTranspose',
    'Conv3DTranspose',
    'DepthwiseConv1D',
    'DepthwiseConv2D',
  ].map((name) => [name, (layer: Layer) => withBias(layer)] as const),
  ['SeparableConv1D', (layer) => withBias(layer, 2)],
  ['SeparableConv2D', (layer) => withBias(layer, 2)],
  ['EinsumDense', ({ config }) => trained(config.get('bias_axes') === null ? 1 : 2)],
  ['Embedding', () => trained(1)],
  ['PReLU', () => trained(1)],
  ['LayerNormalization', scaled],
  ['GroupNormalization', scaled],
  ['RMSNormalization', () => trained(1)],
  ['BatchNormalization', (layer) => [...scaled(layer), 'buffer', 'buffer']],
  ['Normalization', () => ['buffer', 'buffer', 'buffer']],
])

/** Parts of layers that the configuration does not describe, and whose variables are all of them trained. */
const trainedParts: ReadonlyMap<string, RegExp> = new Map([
  ...['MultiHeadAttention', 'GroupQueryAttention'].map(
    (name) => [name, /^(query|key|value|output)_dense$/] as const,
  ),
  ...['LSTM', 'GRU', 'SimpleRNN', 'Bidirectional'].map((name) => [name, /^cell$/] as const),
])

/**
 * What the `count` variables of a layer are, in the order in which they are saved. null where the class is not known,
 * or has another number of them: adapters and quantisation add some.
 *
 * @param part the name of the part of the layer that they are of, which the configuration does not describe; null for
 *   the layer's own
 */
export function kindsOf(layer: Layer, count: number, part: string | null): Kinds | null {
  if (!layer.isBuiltIn) return null
  if (part !== null) return trainedParts.get(layer.className)?.test(part) ? trained(count) : null
  const kinds = variables.get(layer.className)?.(layer) ?? null
  return kinds?.length === count ? kinds : null
}

/** Names that Keras gives to the variables of its layers, and what they are. */
const byName: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...['kernel', 'bias', 'gamma', 'beta', 'embeddings', 'recurrent_kernel', 'depthwise_kernel'].map(
    (name) => [name, 'parameter'] as const,
  ),
  ...['pointwise_kernel', 'alpha', 'scale'].map((name) => [name, 'parameter'] as const),
  ['moving_mean', 'buffer'],
  ['moving_variance', 'buffer'],
  ['seed_generator_state', 'other'],
])

/** What a variable of this name is, by its layer where that is known. */
export function kindByName(name: string, layer: Layer | null): Kind | null {
  if (layer?.className === 'Normalization' && ['mean', 'variance', 'count'].includes(name)) return 'buffer'
  return byName.get(name) ?? null
}
