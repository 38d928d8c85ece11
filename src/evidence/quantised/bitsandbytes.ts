import { elementsOf } from '../../model/tensors/tensor.ts'
import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { biasOf } from './compressed-tensors.ts'
import type { PackedLayout, Reading } from './packed.ts'

/**
 * bitsandbytes in 4 bits (bitsandbytes/nn/modules.py, functional.py): `weight` holds two weights a byte whatever its
 * storage type; its quant state follows as `weight.absmax`, `weight.quant_map`, `weight.nested_*` and
 * `weight.quant_state.bitsandbytes__nf4|fp4`, a text that states the shape: of an odd number of weights half a byte is
 * left over. The weight is a frozen Parameter; the rest is written by hand and is
 * neither.
 */
export const bitsandbytes: PackedLayout = {
  id: 'bitsandbytes',
  *sets({ view, stated }) {
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
    const { bytes } = weight.tensor
    const shape = stated(packed?.own.values().find(({ leaf }) => leaf.startsWith('bitsandbytes__')))
    const outputs = view.shape('bias')?.[0]
    const missing = ['absmax', 'quant_map']
      .filter((leaf) => !state.own.has(leaf))
      .map((leaf) => `weight.${leaf}`)
    if (type === null) missing.push('weight.quant_state.bitsandbytes__nf4')
    yield {
      scheme: `bitsandbytes ${type ?? ''}`.trim(),
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: bytes === null ? [] : readingsOf(bytes * 2, shape, outputs),
      least: bytes === null ? weight.tensor.elements : Math.max(0, bytes * 2 - 1),
      companions: parts.map((own) => ({ own, kind: 'other' as const })),
      plain: biasOf(view),
      missing,
      classes: ['Linear'],
    }
  },
}

/**
 * @param most weights that the bytes hold
 * @param shape as it is stated
 * @param outputs length of the bias
 */
function readingsOf(
  most: number,
  shape: readonly number[] | undefined,
  outputs: number | undefined,
): Reading[] {
  const fits = (count: number): boolean => count === most || count === most - 1
  if (shape !== undefined) {
    const elements = elementsOf(shape)
    return fits(elements) ? [{ bits: 4, shape, elements }] : []
  }
  if (outputs !== undefined)
    return [most, most - 1]
      .filter((count) => count % outputs === 0)
      .map((elements) => ({ bits: 4, elements }))
  // Layers in use have lengths of many twos; one less than that is hardly a product of odd ones.
  return most % 1_024 === 0 ? [{ bits: 4, elements: most }] : []
}

function ownOf(view: ModuleView | undefined): readonly OwnTensor[] {
  return view === undefined ? [] : view.own.values()
}
