import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import { type Dequantiser, moduleOf, type PackedWeight, type StoredTensor } from './dequantiser.ts'

interface Scaling {
  readonly scale: StoredTensor
  /** 4-bit floats that share one. */
  readonly group: number
  /** A factor for all, and whether it divides. */
  readonly global?: { readonly name: string; readonly divides: boolean }
}

/**
 * Two 4-bit floats (E2M1) a byte, the first in the low bits. MXFP4: 32 of them share a power of two, stored as its exponent
 * and 127 (OCP Microscaling 1.0); NVFP4: 16 share an 8-bit float, and all another factor (modelopt multiplies by
 * `weight_scale_2`, compressed-tensors divides by `weight_global_scale`).
 */
export const fp4: Dequantiser = {
  recipe(weight) {
    if (weight.dtype !== 'U8') return null
    const scaling = scalingOf(weight)
    if (scaling === null) return null
    const { scale, group, global } = scaling
    const bytes = elementsOf(weight.shape)
    const scales = elementsOf(scale.shape)
    // Scales that are padded or swizzled are of another order.
    if (bytes * 2 !== scales * group) return null
    return {
      needs: [scale.name, ...(global === undefined ? [] : [global.name])],
      unit: group / 2,
      values: group,
      start(read) {
        const stored = read.get(scale.name)
        const all = global === undefined ? 1 : read.get(global.name)?.[0]
        if (stored === undefined || all === undefined) return null
        // An exponent that is stored as a byte is a number here, and one of F8_E8M0 a power already.
        const factors =
          scale.dtype === 'U8'
            ? stored.map((exponent) => (exponent === 255 ? Number.NaN : 2 ** (exponent - 127)))
            : stored
        const factorAt = (at: number): number => {
          const factor = factors[at] as number
          return global?.divides ? Math.fround(factor / all) : Math.fround(factor * all)
        }
        return (packed, offset) => {
          const values = doublesOf(packed, 'F4') as Float64Array
          return Float32Array.from(
            values,
            (value, i) => value * factorAt(Math.floor((2 * offset + i) / group)),
          )
        }
      },
    }
  },
}

function scalingOf(weight: PackedWeight): Scaling | null {
  const { name, beside, scheme } = weight
  const module = moduleOf(weight)
  if (name.endsWith('_blocks') && scheme === 'MXFP4') {
    const scale = beside(name.replace(/_blocks$/, '_scales'))
    return scale?.dtype === 'U8' ? { scale, group: 32 } : null
  }
  if (scheme !== 'MXFP4' && scheme !== 'NVFP4' && !scheme.startsWith('compressed-tensors')) return null
  const scale = beside(`${module}weight_scale`)
  if (scale === undefined) return null
  if (scale.dtype === 'U8' || scale.dtype === 'F8_E8M0') return { scale, group: 32 }
  if (scale.dtype !== 'F8_E4M3') return null
  const multiplies = beside(`${module}weight_scale_2`)
  const divides = beside(`${module}weight_global_scale`)
  if (divides !== undefined) return { scale, group: 16, global: { name: divides.name, divides: true } }
  return multiplies === undefined
    ? null
    : { scale, group: 16, global: { name: multiplies.name, divides: false } }
}
