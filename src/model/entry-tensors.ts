import type { StateDict } from './checkpoint.ts'
import type { Tensor } from './tensors/tensor.ts'

/**
 * The entries of a state dict that are no tensors and hold some (packed parameters, `_extra_state`), each as one that is made
 * of those it holds: their values are read, hashed and compared as all others are.
 */
export function entryTensors({ values = [] }: Pick<StateDict, 'values'>): Tensor[] {
  return values.flatMap(({ name, parts }): Tensor[] => {
    if (parts === undefined) return []
    const representation = { kind: 'subclass', class: 'entry', parts, summary: '' } as const
    const none = { dtype: null, shape: [], elements: 0, bytes: null, tiedTo: null } as const
    return [{ name, ...none, values: 'in its parts', representation }]
  })
}
