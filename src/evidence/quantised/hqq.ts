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
