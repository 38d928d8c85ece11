import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

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
