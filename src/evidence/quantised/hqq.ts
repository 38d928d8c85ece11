import { elementsOf } from '../../model/tensors/tensor.ts'
import { biasOf } from './compressed-tensors.ts'
import { isPlainFloat, type PackedLayout, type Reading } from './packed.ts'

/** Codes that a byte may hold. */
const each = [1, 2, 4, 8]
/** Of 3 bits, that a number of 32 holds. */
const eachOfThree = 10

/**
 * HQQ (mobiusml/hqq, core/quantize.py, own `state_dict`): `W_q` U8 beside `scale` and `zero` and its settings as tensors,
 * of which `shape` states the weight's. Groups are rows or, with `axis=0`, columns: `W_q` [groups·b/8, group] beside scales
 * [groups, 1], or [group·b/8, groups] beside [1, groups]. Rows are what is packed, 3 bits ten to a number of I32 with the
 * last ones padded; with `view_as_float` the bytes are seen as floats.
 */
export const hqq: PackedLayout = {
  id: 'hqq',
  *sets({ view, stated }) {
    const weight = view.own.get('W_q')
    if (weight === undefined) return
    const scale = view.own.get('scale')
    const { dtype, elements, bytes } = weight.tensor
    // What is seen as floats has as many rows as ever, and columns of two or four bytes.
    const held = (isPlainFloat(dtype) ? bytes : elements) ?? elements
    const shape = stated(view.own.get('shape'))
    const companions = view.own.values().filter((own) => own !== weight && own.leaf !== 'bias')
    yield {
      scheme: 'HQQ',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings:
        shape === undefined
          ? readingsOf(weight.tensor.shape, dtype, scale?.tensor.shape)
          : statedReadings(shape, held, dtype),
      // Up to nine places of each column's last number may be padding.
      least: dtype === 'I32' ? Math.max(0, held - (weight.tensor.shape[1] ?? 1) + 1) : held,
      companions: companions.map((own) => ({ own, kind: 'other' as const })),
      plain: biasOf(view),
      missing: scale === undefined && !view.own.has('meta') ? ['scale'] : [],
      classes: ['Linear'],
    }
  },
}

/** As its own tensor states, where that many weights can be packed so. */
function statedReadings(shape: readonly number[], held: number, dtype: string | null): Reading[] {
  const elements = elementsOf(shape)
  if (dtype === 'I32')
    return elements > 0 && elements <= held * eachOfThree ? [{ bits: 3, shape, elements }] : []
  return each.filter((many) => many * held === elements).map((many) => ({ bits: 8 / many, shape, elements }))
}

/** With one scale for each group of columns: the groups of rows do not tell how many rows a number holds. */
function readingsOf(
  [rows = 0, columns = 0]: readonly number[],
  dtype: string | null,
  scales: readonly number[] | undefined,
): Reading[] {
  const [groups = 0, one] = scales ?? []
  if (one !== 1 || (groups === 1 && columns > 1) || isPlainFloat(dtype)) return []
  const elements = groups * columns
  if (dtype === 'I32')
    return Math.ceil(groups / eachOfThree) === rows ? [{ bits: 3, group: columns, elements }] : []
  return each
    .filter((many) => many * rows === groups)
    .map((many) => ({ bits: 8 / many, group: columns, elements }))
}
