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

/** Entries that torch itself puts into a state dict under names of its own (module.py, fsdp/_flat_param.py). */
export const entryKinds: EvidenceSource = {
  id: source,
  title: "An entry of torch's own",
  collectModule(view, _around, claims) {
    for (const { index, leaf, tensor } of view.own.values()) {
      if (leaf === '_extra_state') claims.kind(index, extra)
      else if (tensor.shape.length === 1 && /^_?flat_param(_\d+)?$/.test(leaf)) claims.kind(index, flat)
    }
  },
}
