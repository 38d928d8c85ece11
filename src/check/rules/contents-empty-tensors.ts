import { foldedList } from '../../model/folded-names.ts'
import { rule } from '../rule.ts'

export const contentsEmptyTensors = rule({
  id: 'contents/empty-tensors',
  level: 'warning',
  claim: 'Every parameter has at least one element',
  why: 'Under DeepSpeed ZeRO-3 and FSDP a process holds only its part of each parameter, and an empty one where it holds none. Saved from there, the file has all names and no weights.',
  case: 'Shapes [0] and [1] everywhere after saving under ZeRO-3 (huggingface/transformers #20082, microsoft/DeepSpeed #1394).',
  fix: 'gather the weights before saving: stage3_gather_16bit_weights_on_model_save, zero_to_fp32.py, or a full state dict',
  message: ({ empty, of }: { empty: readonly string[]; of: number }) =>
    `${empty.length} of ${of} parameters hold no elements: ${foldedList(empty)}`,
  // Some models have an empty tensor on purpose; none has half of its parameters empty.
  levelOf: ({ empty, of }) => (empty.length * 2 >= of ? 'error' : 'warning'),
  about: ['tensor'],

  *check({ stateDict }, tell) {
    const parameters = (stateDict?.tensors ?? []).filter(({ kind }) => kind === 'parameter')
    const empty = parameters.filter(({ elements }) => elements === 0)
    if (empty.length === 0) return
    const names = empty.map(({ name }) => name)
    yield tell({ empty: names, of: parameters.length }, { tensor: names[0] as string })
  },
})
