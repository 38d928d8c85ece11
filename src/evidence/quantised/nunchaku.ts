import { biasOf } from './compressed-tensors.ts'
import { type Companion, companionsOf, type PackedLayout } from './packed.ts'

/** The low-rank pair and what smooths the inputs: parameters that the unquantised model does not have. */
const beside = ['lora_down', 'lora_up', 'proj_down', 'proj_up', 'weight_proj_down', 'weight_proj_up']
const smoothing = ['smooth', 'smooth_orig', 'smooth_factor', 'smooth_factor_orig', 'weight_smooth_factor']

/**
 * SVDQuant of Nunchaku (nunchaku/models/linear.py): `qweight` I8 [out, in/2] beside `wscales`; its AWQ layers have
 * `qweight` I32 [out/4, in/2] beside `wscales`, `wzeros`. ComfyUI's kernels call it `weight`, `weight_scale` [in/64, out].
 * The low-rank pair is extra to the model, so it is not counted as weights of it.
 */
export const nunchaku: PackedLayout = {
  id: 'svdquant',
  *sets({ view }) {
    const isOwn = view.own.has('wscales')
    const weight = view.own.get(isOwn ? 'qweight' : 'weight')
    if (weight === undefined || weight.tensor.shape.length !== 2) return
    if (!isOwn && !view.own.has('weight_proj_down')) return
    const { dtype, shape, elements } = weight.tensor
    const [rows = 0, columns = 0] = shape
    const isAwq = dtype === 'I32'
    if (!isAwq && dtype !== 'I8') return
    const whole = isAwq ? [rows * 4, columns * 2] : [rows, columns * 2]
    const pair: Companion[] = companionsOf(view, beside, 'parameter', null)
    yield {
      scheme: isAwq ? 'Nunchaku AWQ' : 'SVDQuant',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: [{ bits: 4, shape: whole, elements: elements * (isAwq ? 8 : 2), inputs: columns * 2 }],
      least: elements * (isAwq ? 8 : 2),
      outputs: whole[0] as number,
      companions: [
        ...companionsOf(
          view,
          ['wscales', 'wzeros', 'wtscale', 'wcscales', 'weight_scale', ...smoothing],
          'parameter',
        ),
        ...pair,
      ],
      plain: biasOf(view),
      classes: ['Linear'],
    }
  },
}
