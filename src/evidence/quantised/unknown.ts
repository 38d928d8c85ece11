import { biasOf } from './compressed-tensors.ts'
import { type Companion, isCode, isExponent, isFloat8, isPlainFloat, type PackedLayout } from './packed.ts'

/** Leaves that name a weight, whoever wrote it. */
const weights =
  /^(weight|qweight|weight_packed|packed_weight|blocks|q_?data|_?data|w_?q|W_q|codes)$|(_blocks|_packed|_qweight)$/
const scales = /scale|absmax|zeros?(_points?)?$|zero_point|zp$/i

/**
 * The general case: whole numbers, or packed types, under a weight's name beside a scale whose shape divides theirs, are a
 * packed weight, whoever wrote it. How many weights stand behind it does not follow, so the stored numbers are the least.
 */
export const unknownLayout: PackedLayout = {
  id: 'unknown',
  *sets({ view }) {
    for (const weight of view.own.values()) {
      const { dtype, shape, elements } = weight.tensor
      if (!isCode(dtype) || shape.length < 2 || !weights.test(weight.leaf)) continue
      const beside = view.own.values().filter((own) => own !== weight && isScale(own.leaf, own.tensor.dtype))
      // GPTQModel keeps GGUF blocks as the bytes of a lone `qweight`.
      const isLone = weight.leaf === 'qweight' && dtype === 'U8' && beside.length === 0
      if (!isLone && !beside.some((own) => divides(own.tensor.shape, shape))) continue
      const companions: Companion[] = beside.map((own) => ({ own, kind: 'buffer', trainable: 'no' }))
      yield {
        scheme: 'packed, layout not known',
        weight,
        kind: 'parameter',
        trainable: 'no',
        readings: [],
        least: elements,
        companions,
        plain: biasOf(view),
        level: 'assumed',
      }
    }
  },
}

function isScale(leaf: string, dtype: string | null): boolean {
  return scales.test(leaf) && (isPlainFloat(dtype) || isFloat8(dtype) || isExponent(dtype) || isCode(dtype))
}

/** Whether a scale of this shape can be spread over weights of that: one for all, or whole blocks along each dimension. */
function divides(scale: readonly number[], shape: readonly number[]): boolean {
  let elements = 1
  for (const length of scale) elements *= length
  if (elements === 1) return true
  if (scale.length > shape.length) return false
  const offset = shape.length - scale.length
  const along = scale.every((length, i) => {
    const whole = shape[offset + i] as number
    return length > 0 && (whole % length === 0 || length % whole === 0)
  })
  return along || scale.every((length, i) => length > 0 && (shape[i] as number) % length === 0)
}
