import { stateNames } from '../../model/optimizer-states.ts'
import type { ModuleView } from '../module-view.ts'
import type { CatalogueEntry } from './entry.ts'

// What an optimizer keeps of a parameter, in a file that has flattened its state dict into the model's:
// `optimizer.state.layers.0.weight.exp_avg` (torch.distributed.checkpoint; torch/optim/*.py name the states).

/** States that no module registers: each is enough to tell. */
const certain: readonly (readonly string[])[] = [
  ['exp_avg', 'exp_avg_sq'],
  ['exp_avg', 'exp_inf'],
  ['square_avg', 'acc_delta'],
  ['momentum_buffer'],
  ['step', 'sum'],
  ['step', 'square_avg'],
  ['step', 'row_var', 'col_var'],
  ['step', 'eta', 'mu', 'ax'],
  ['step', 'prev', 'step_size'],
  ['step', 'exp_avg'],
]

function isUnderState(view: ModuleView): boolean {
  for (let node = view.parent, up = 0; node !== undefined && up < 32; node = node.parent, up++)
    if (node.name === 'state') return true
  return false
}

export const optimizerStates: readonly CatalogueEntry[] = [
  {
    tensors: [...stateNames],
    kind: 'other',
    what: 'state that an optimizer keeps of a parameter: neither parameter nor buffer',
    fits: (_own, view) =>
      view.isLeaf &&
      certain.some((names) => view.has(...names)) &&
      [...view.own.values()].every(({ leaf }) => stateNames.has(leaf)) &&
      isUnderState(view),
  },
]
