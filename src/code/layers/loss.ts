import { hole, joined } from '../template.ts'
import { buffer, type LayerClass } from './layer.ts'

/** torch/nn/modules/loss.py: class weights are buffers, given to the constructor. */
function loss(name: string, weights: readonly string[], untold: string): LayerClass {
  return {
    name,
    untold,
    untyped: true,
    call(own) {
      const found = weights.filter((weight) => own.has(weight))
      if (found.some((weight) => own.get(weight)?.shape.length !== 1)) return null
      const length = (weight: string): number => own.get(weight)?.shape[0] ?? 0
      return {
        arguments: found.map((weight) =>
          joined([`${weight}=torch.empty(`, hole(length(weight), 'classes'), ')']),
        ),
        registers: found.map((weight) => buffer(weight, [length(weight)])),
      }
    },
  }
}

export const losses = [
  loss('CrossEntropyLoss', ['weight'], 'ignore_index, reduction, label_smoothing'),
  loss('NLLLoss', ['weight'], 'ignore_index, reduction'),
  loss('BCELoss', ['weight'], 'reduction'),
  loss('BCEWithLogitsLoss', ['weight', 'pos_weight'], 'reduction'),
]
