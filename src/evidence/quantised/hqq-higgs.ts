import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/** HQQ: `W_q` with its meta data in the same module (mobiusml/hqq, core/quantize.py, own `state_dict`). */
export const hqq: QuantisedScheme = {
  id: 'hqq',
  collect(view, _subject, claims) {
    const weight = view.own.get('W_q')
    if (weight === undefined) return false
    const say = new SchemeClaims(claims, 'HQQ')
    say.weight(weight, 'parameter', 'no', null)
    for (const own of view.own.values()) {
      if (own.leaf === 'bias') say.plain(own, 'parameter', null)
      else if (own !== weight) say.bookkeeping(own, 'other')
    }
    return true
  },
}

/** HIGGS in transformers: `weight`, `scales`, `tables`, `tables2`, Parameters with requires_grad=False. */
export const higgs: QuantisedScheme = {
  id: 'higgs',
  collect(view, _subject, claims) {
    const weight = view.own.get('weight')
    if (weight === undefined || !view.has('scales', 'tables', 'tables2')) return false
    const say = new SchemeClaims(claims, 'HIGGS')
    say.weight(weight, 'parameter', 'no', null)
    for (const leaf of ['scales', 'tables', 'tables2']) say.bookkeeping(view.own.get(leaf), 'parameter')
    say.plain(view.own.get('bias'), 'parameter', null)
    return true
  },
}
