import { rule } from '../../rule.ts'

export const contentsNoTensors = rule({
  id: 'contents/no-tensors',
  level: 'warning',
  claim: 'A file of weights, or an index, holds some',
  why: 'A process that has no part of a sharded model, and a script that picks tensors by a name that fits none, write a file all the same. It loads without an error, and every weight keeps its initial value.',
  case: 'save_file({}) writes 16 bytes that every loader of safetensors takes; an index with an empty weight_map names no shard.',
  fix: 'look at how it was saved: gather the weights first, and see that the names fit',
  message: ({ what }: { what: 'index' | 'weights' | 'others' }) =>
    what === 'index' ? 'the index names no tensor' : 'the file holds no tensors',
  // GGUF has files of a vocabulary alone, HDF5 and Keras those of an architecture.
  levelOf: ({ what }) => (what === 'others' ? 'warning' : 'error'),

  *check({ report, isWhole }, tell) {
    const { stateDicts, files, findings } = report
    if (!isWhole || findings.some(({ rule }) => rule === 'torch/no-tensors')) return
    if (stateDicts.some(({ tensors, values }) => tensors.length > 0 || (values?.length ?? 0) > 0)) return
    // A list of parts, whose weights are in other files.
    if (files.length > 0 && files.every(({ role }) => role === 'config')) return
    const isOfWeights = files.some(({ name, role }) => role === 'weights' && /\.safetensors$/i.test(name))
    if (files.some(({ role }) => role === 'index')) yield tell({ what: 'index' })
    else yield tell({ what: isOfWeights ? 'weights' : 'others' })
  },
})
