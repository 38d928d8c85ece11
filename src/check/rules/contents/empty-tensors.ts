import { inspectionOf } from '../../../model/inspection.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import type { RepresentationReport } from '../../../model/tensors/representation.ts'
import { rule } from '../../rule.ts'

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
  levelOf: ({ empty, of }) => (empty.length * 2 >= of && of > 1 ? 'error' : 'warning'),
  about: ['tensor'],

  *check({ stateDict }, tell) {
    if (stateDict === null) return
    const inspection = inspectionOf(stateDict)
    const { table } = inspection
    const names: string[] = []
    let parameters = 0
    for (let index = 0; index < inspection.length; index++) {
      if (inspection.verdict(index).kind.answer !== 'parameter') continue
      parameters++
      // A file of a rank that says of its placeholders that they are such is not a model that was saved wrong.
      const kept = table.columns.representations?.get(index) as RepresentationReport | undefined
      if (kept?.kind === 'shard') continue
      if (table.elements(index) === 0) names.push(table.name(index))
    }
    if (names.length === 0) return
    yield tell({ empty: names, of: parameters }, { tensor: names[0] as string })
  },
})
