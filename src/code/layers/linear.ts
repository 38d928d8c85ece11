import { hole } from '../template.ts'
import { type LayerClass, parameter } from './layer.ts'

/** torch/nn/modules/linear.py. */
export const linear: LayerClass = {
  name: 'Linear',
  untold: '',
  call(own) {
    const shape = own.get('weight')?.shape
    if (shape?.length !== 2) return null
    const [outputs = 0, inputs = 0] = shape
    const hasBias = own.has('bias')
    return {
      arguments: [
        hole(inputs, 'in_features'),
        hole(outputs, 'out_features'),
        ...(hasBias ? [] : ['bias=False']),
      ],
      registers: [parameter('weight', shape), ...(hasBias ? [parameter('bias', [outputs])] : [])],
    }
  },
}

/** torch/nn/modules/linear.py. */
export const bilinear: LayerClass = {
  name: 'Bilinear',
  untold: '',
  call(own) {
    const shape = own.get('weight')?.shape
    if (shape?.length !== 3) return null
    const [outputs = 0, first = 0, second = 0] = shape
    const hasBias = own.has('bias')
    return {
      arguments: [
        hole(first, 'in1_features'),
        hole(second, 'in2_features'),
        hole(outputs, 'out_features'),
        ...(hasBias ? [] : ['bias=False']),
      ],
      registers: [parameter('weight', shape), ...(hasBias ? [parameter('bias', [outputs])] : [])],
    }
  },
}

/** Embedding and EmbeddingBag: torch/nn/modules/sparse.py. */
function embedding(name: string, untold: string): LayerClass {
  return {
    name,
    untold,
    call(own) {
      const shape = own.get('weight')?.shape
      if (shape?.length !== 2) return null
      return {
        arguments: [hole(shape[0] ?? 0, 'num_embeddings'), hole(shape[1] ?? 0, 'embedding_dim')],
        registers: [parameter('weight', shape)],
      }
    },
  }
}

export const embeddings = [
  embedding('Embedding', 'padding_idx, max_norm, scale_grad_by_freq, sparse'),
  embedding('EmbeddingBag', 'mode, max_norm, padding_idx, include_last_offset'),
]
