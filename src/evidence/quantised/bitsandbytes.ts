import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { biasOf } from './compressed-tensors.ts'
import type { PackedLayout } from './packed.ts'

/**
 * bitsandbytes in 4 bits (bitsandbytes/nn/modules.py, functional.py): `weight` holds two weights a byte whatever its
 * storage type; its quant state follows as `weight.absmax`, `weight.quant_map`, `weight.nested_*` and
 * `weight.quant_state.bitsandbytes__nf4|fp4`. The weight is a frozen Parameter; the rest is written by hand and is
 * neither.
 */
export const bitsandbytes: PackedLayout = {
  id: 'bitsandbytes',
  *sets({ view }) {
    const weight = view.own.get('weight')
    const state = view.child('weight')
    if (weight === undefined || state === undefined) return
    const packed = state.child('quant_state')
    const type = packed?.own.has('bitsandbytes__nf4')
      ? 'NF4'
      : packed?.own.has('bitsandbytes__fp4')
        ? 'FP4'
        : null
    const parts = [...ownOf(state), ...ownOf(packed)]
    if (type === null && !state.own.has('absmax') && !state.own.has('quant_map')) return
    const { bytes, elements } = weight.tensor
    const count = bytes === null ? null : bytes * 2
    const missing = ['absmax', 'quant_map']
      .filter((leaf) => !state.own.has(leaf))
      .map((leaf) => `weight.${leaf}`)
    if (type === null) missing.push('weight.quant_state.bitsandbytes__nf4')
    yield {
      scheme: `bitsandbytes ${type ?? ''}`.trim(),
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: count === null ? [] : [{ bits: 4, elements: count }],
      least: elements,
      companions: parts.map((own) => ({ own, kind: 'other' as const })),
      plain: biasOf(view),
      missing,
      classes: ['Linear'],
    }
  },
}

function ownOf(view: ModuleView | undefined): readonly OwnTensor[] {
  return view === undefined ? [] : view.own.values()
}
