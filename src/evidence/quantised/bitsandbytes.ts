import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/**
 * bitsandbytes (bitsandbytes/nn/modules.py, functional.py). 4-bit: `weight` holds two weights a byte whatever
 * its storage type; its quant state follows as `weight.absmax`, `weight.quant_map`, `weight.nested_*` and
 * `weight.quant_state.bitsandbytes__nf4|fp4`. 8-bit: `weight` I8 beside `SCB` and `weight_format`. The weight
 * is a Parameter with requires_grad=False; the rest is written by hand and is neither.
 */
export const bitsandbytes: QuantisedScheme = {
  id: 'bitsandbytes',
  collect(view, _subject, claims) {
    const weight = view.own.get('weight')
    if (weight === undefined) return false
    const state = view.child('weight')
    const packed = state?.child('quant_state')
    const type = packed?.own.has('bitsandbytes__nf4')
      ? 'NF4'
      : packed?.own.has('bitsandbytes__fp4')
        ? 'FP4'
        : null
    if (state !== undefined && (type !== null || state.has('absmax', 'quant_map'))) {
      const say = new SchemeClaims(claims, `bitsandbytes ${type ?? '4-bit'}`)
      say.weight(weight, 'parameter', 'no', weight.tensor.bytes === null ? null : weight.tensor.bytes * 2)
      for (const own of [...ownOf(state), ...ownOf(packed)]) say.bookkeeping(own, 'other')
      claims.module(view.node, [`Linear (bitsandbytes ${type ?? '4-bit'})`], '', 'recognised')
      return true
    }
    if (!view.own.has('SCB') || weight.tensor.dtype !== 'I8') return false
    const say = new SchemeClaims(claims, 'bitsandbytes 8-bit')
    say.weight(weight, 'parameter', 'no', weight.tensor.elements, weight.tensor.shape)
    for (const leaf of ['SCB', 'weight_format', 'CB']) say.bookkeeping(view.own.get(leaf), 'other')
    const [out, inputs] = weight.tensor.shape
    claims.module(view.node, ['Linear (bitsandbytes 8-bit)'], `${inputs}→${out}`, 'recognised')
    return true
  },
}

function ownOf(view: ModuleView | undefined): Iterable<OwnTensor> {
  return view === undefined ? [] : view.own.values()
}
