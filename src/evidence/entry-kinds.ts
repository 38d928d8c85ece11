import type { Answer, Kind } from '../model/verdict.ts'
import type { EvidenceSource } from './source.ts'

const source = 'entry-kinds'
const extra: Answer<Kind> = {
  answer: 'other',
  level: 'recognised',
  reason: 'what get_extra_state() of its module gave: neither parameter nor buffer',
  source,
}
const flat: Answer<Kind> = {
  answer: 'parameter',
  level: 'recognised',
  reason:
    'a flat parameter of FSDP: it holds the parameters of its module in one row, and is registered in their place',
  source,
}

const beside: Answer<Kind> = {
  answer: 'other',
  level: 'recognised',
  reason: 'it lies beside the models of the file, in what a training run keeps for itself',
  source,
}

/**
 * Entries that torch itself puts into a state dict under names of its own (module.py, fsdp/_flat_param.py), and what
 * a training file holds outside of its models: states of callbacks, of random number generators, of metrics.
 */
export const entryKinds: EvidenceSource = {
  id: source,
  title: "An entry of torch's own",
  collectModule(view, { role }, claims) {
    for (const { index, leaf, tensor } of view.own.values()) {
      if (role === 'other') claims.kind(index, beside)
      else if (leaf === '_extra_state') claims.kind(index, extra)
      else if (tensor.shape.length === 1 && /^_?flat_param(_\d+)?$/.test(leaf)) claims.kind(index, flat)
    }
  },
}
