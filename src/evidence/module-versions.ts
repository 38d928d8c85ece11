import type { Answer, Kind } from '../model/verdict.ts'
import { ModuleView } from './module-view.ts'
import type { EvidenceSource } from './source.ts'

const normTensors = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']

const answer = (kind: Kind, reason: string): Answer<Kind> => ({
  answer: kind,
  level: 'recognised',
  reason,
  source: 'module-versions',
})
const affine = answer(
  'parameter',
  '_metadata gives the module version 2, which of torch classes with these tensors only the batch and instance norms have: weight and bias are parameters',
)
const statistic = answer(
  'buffer',
  '_metadata gives the module version 2, which of torch classes with these tensors only the batch and instance norms have: statistics are buffers',
)
const frozen = answer(
  'buffer',
  'running statistics in a module that _metadata does not give version 2, so no batch norm of torch: frozen, four buffers',
)

/**
 * `_metadata` keeps every module's `_version`. `_NormBase` is 2 (torch/nn/modules/batchnorm.py), and no other
 * torch class that owns tensors of these names is, except QAT's fused ConvBn, whose weight and bias are
 * parameters as well. A subclass inherits the version, and any of the tensors may have been registered anew as
 * the other kind, so all of it is recognised.
 */
export const moduleVersions: EvidenceSource = {
  id: 'module-versions',
  title: 'The version _metadata keeps of a module',
  collect(subject, claims) {
    const versions = subject.stateDict.facts.moduleVersions
    if (versions === undefined) return
    const { tree } = subject
    for (let module = 0; module < tree.size; module++) {
      if (tree.ownCount(module) === 0) continue
      const version = versions.get(tree.path(module))
      const view = new ModuleView(subject, module)
      if (version === undefined || !view.only(...normTensors)) continue
      if (version === 2) {
        for (const own of view.own.values()) {
          claims.kind(own.index, own.leaf === 'weight' || own.leaf === 'bias' ? affine : statistic)
        }
      } else if (
        view.has('weight', 'bias', 'running_mean', 'running_var') &&
        !view.has('num_batches_tracked') &&
        (version === 1 || version === 3)
      ) {
        for (const own of view.own.values()) claims.kind(own.index, frozen)
      }
    }
  },
}
