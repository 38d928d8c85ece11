import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import { type Dequantiser, moduleOf, type PackedWeight, type StoredTensor } from './dequantiser.ts'
import { powersOf } from './powers.ts'

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
    const order = orderOf(weight, scale, group)
    if (order === null || (order === 'plain' && bytes * 2 !== scales * group)) return null
    const perRow = (2 * (weight.shape.at(-1) as number)) / group
    return {
      needs: [scale.name, ...(global === undefined ? [] : [global.name])],
      unit: group / 2,
      values: group,
      bits: 4,
      start(read) {
        const stored = read.get(scale.name)
        const all = global === undefined ? 1 : read.get(global.name)?.[0]
        if (stored === undefined || all === undefined) return null
        // An exponent that is stored as a byte is a number here, and one of F8_E8M0 a power already.
        const factors = scale.dtype === 'U8' ? powersOf(stored) : stored
        const factorAt = (at: number): number => {
          const place =
            order === 'plain' ? at : swizzledPlace(Math.floor(at / perRow), at % perRow, order.wide)
          const factor = factors[place] as number
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

/** Rows and columns of scales that lie together where they are swizzled. */
const [tileRows, tileColumns] = [128, 4]

/**
 * How the scales lie: row by row, or in tiles for tensor cores, padded to whole ones, as ComfyUI and TransformerEngine write
 * them; null for neither. Where nothing is padded the shapes do not tell: ComfyUI's marker does.
 */
function orderOf(
  { shape, beside, ...weight }: PackedWeight,
  scale: StoredTensor,
  group: number,
): 'plain' | { readonly wide: number } | null {
  const [rows, packed] = shape
  const [high, wide] = scale.shape
  const isMarked = beside(`${moduleOf(weight)}comfy_quant`) !== undefined
  if (shape.length !== 2 || scale.shape.length !== 2) return isMarked ? null : 'plain'
  const columns = (2 * (packed as number)) / group
  if (!isMarked && high === rows && wide === columns) return 'plain'
  const isPadded =
    high === Math.ceil((rows as number) / tileRows) * tileRows &&
    wide === Math.ceil(columns / tileColumns) * tileColumns
  return isPadded && Number.isInteger(columns) ? { wide } : null
}

/** Where a scale is: a tile after the other, of which each holds runs of 32 rows beside each other. */
function swizzledPlace(row: number, column: number, wide: number): number {
  const tile = Math.floor(row / tileRows) * (wide / tileColumns) + Math.floor(column / tileColumns)
  const inTile = (row % 32) * 16 + Math.floor((row % tileRows) / 32) * tileColumns + (column % tileColumns)
  return tile * tileRows * tileColumns + inTile
}
