import { elementsOf } from '../../model/tensors/tensor.ts'
import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { biasOf, scaleLeaves } from './compressed-tensors.ts'
import {
  type Companion,
  companionsOf,
  isExponent,
  isFloat8,
  isPlainFloat,
  type PackedLayout,
  type PackedSet,
  widened,
} from './packed.ts'

/** What may stand beside a packed weight, after its own name: `weight` + `_scale`, `gate_up_proj` + `_weight_scale`. */
const scaleEndings = ['_scale', '_weight_scale', '_scales', '_scale_inv']
const otherEndings = [
  '_scale_2',
  '_weight_scale_2',
  '_global_scale',
  '_input_scale',
  '_scale_inv_2',
  '_amax',
  '_outer_scale_denominator',
]
const moduleWide = [
  'input_scale',
  'input_global_scale',
  'pre_quant_scale',
  'svdquant_lora_a',
  'svdquant_lora_b',
]

/**
 * Two 4-bit floats a byte. NVFP4: `weight` U8 […, in/2] (compressed-tensors: `weight_packed`) beside a scale F8_E4M3 for
 * 16 of them and a second, global one (modelopt/torch/export/quant_utils.py). MXFP4: scales U8 or F8_E8M0 for 32 of
 * them. DeepSeek-V4's experts: `weight` I8 beside `scale` F8_E8M0. INT4-AWQ of modelopt packs along the rows, its
 * scales are plain floats. Scales may be padded and swizzled: they have at least so many columns.
 * Experts in one tensor have their name before the endings: `gate_up_proj`, `gate_up_proj_weight_scale`. MXFP6 of
 * compressed-tensors (compressors/mxfp6) has four 6-bit floats in three bytes: `weight_packed` U8 [out, in·3/4], a scale for 32.
 */
export const fp4: PackedLayout = {
  id: 'fp4',
  *sets({ view, settings }) {
    for (const weight of view.own.values()) {
      const { dtype, shape } = weight.tensor
      if ((dtype !== 'U8' && dtype !== 'I8') || shape.length < 2) continue
      const stem = weight.leaf === 'weight_packed' ? 'weight' : weight.leaf
      const scale = scaleOf(view, weight, stem)
      if (scale === undefined) {
        const orphan = withoutScale(view, weight, stem)
        if (orphan !== null) yield orphan
        continue
      }
      const made = setOf(view, weight, stem, scale)
      if (made !== null) yield settings.storesInputScale ? withInputScale(view, stem, made) : made
    }
  },
}

function scaleOf(view: ModuleView, weight: OwnTensor, stem: string): OwnTensor | undefined {
  for (const ending of scaleEndings) {
    const scale = view.own.get(stem + ending)
    if (scale !== undefined && scale.tensor.elements > 1) return scale
  }
  return weight.tensor.dtype === 'I8' && weight.leaf === 'weight' ? view.own.get('scale') : undefined
}

function setOf(view: ModuleView, weight: OwnTensor, stem: string, scale: OwnTensor): PackedSet | null {
  const { dtype, shape, elements } = weight.tensor
  const type = scale.tensor.dtype
  const last = shape.at(-1) ?? 0
  const [rows = 0] = shape
  const scales = scale.tensor.shape
  const common = {
    weight,
    trainable: 'no',
    companions: companions(view, scale, stem),
    plain: biasOf(view),
  } as const
  if (isFloat8(type) && dtype === 'U8') {
    // A scale for 16 weights along the inputs, which experts in one tensor may have in the middle.
    const along = packedDimension(shape, scales, 16)
    if (along === null) return null
    return {
      ...common,
      scheme: 'NVFP4',
      kind: 'parameter',
      readings: [doubled(shape, along)],
      least: elements * 2,
      missing: secondScale(view, stem),
      classes: ['Linear'],
    }
  }
  if (isExponent(type)) {
    if (dtype === 'I8' && type === 'U8') return null
    const along = packedDimension(shape, scales, 32)
    if (along === null) return weight.leaf === 'weight_packed' ? mxfp6(common, shape, scales) : null
    return {
      ...common,
      scheme: 'MXFP4',
      kind: 'parameter',
      readings: [doubled(shape, along)],
      least: elements * 2,
      classes: ['Linear'],
    }
  }
  // INT4-AWQ of modelopt: packed along the rows.
  if (
    dtype === 'U8' &&
    isPlainFloat(type) &&
    shape.length === 2 &&
    scales.length === 2 &&
    scales[0] === rows * 2 &&
    weight.leaf === 'weight'
  )
    return {
      ...common,
      scheme: 'INT4-AWQ',
      kind: 'parameter',
      readings: [{ bits: 4, shape: [rows * 2, last], elements: elements * 2, inputs: last }],
      least: elements * 2,
      outputs: rows * 2,
      classes: ['Linear'],
    }
  return null
}

/** Three bytes for four weights, 24 for those of one scale. */
function mxfp6(
  common: Pick<PackedSet, 'weight' | 'trainable' | 'companions' | 'plain'>,
  shape: readonly number[],
  scales: readonly number[],
): PackedSet | null {
  const last = shape.length - 1
  const bytes = shape[last] as number
  const isOf = scales.length === shape.length && bytes === 24 * (scales[last] as number)
  if (!isOf || !restFits(shape, scales, last)) return null
  const reading = widened(shape, 4 / 3, 6)
  return {
    ...common,
    scheme: 'MXFP6',
    kind: 'parameter',
    readings: [reading],
    least: reading.elements,
    classes: ['Linear'],
  }
}

/** The dimension that is halved: where the scale has one entry for `group` weights, or more where it is padded. */
function packedDimension(shape: readonly number[], scales: readonly number[], group: number): number | null {
  if (scales.length !== shape.length) return null
  for (let at = shape.length - 1; at >= Math.max(0, shape.length - 2); at--) {
    const groups = ((shape[at] as number) * 2) / group
    const here = scales[at] as number
    if (here >= Math.ceil(groups) && here <= roundedUp(Math.ceil(groups), 4) && restFits(shape, scales, at))
      return at
  }
  return null
}

function restFits(shape: readonly number[], scales: readonly number[], skipped: number): boolean {
  return shape.every((length, at) => {
    const here = scales[at] as number
    return at === skipped || here === length || (at >= shape.length - 2 && here === roundedUp(length, 128))
  })
}

function roundedUp(value: number, to: number): number {
  return Math.ceil(value / to) * to
}

function doubled(shape: readonly number[], along: number) {
  if (along === shape.length - 1) return widened(shape, 2, 4)
  const whole = shape.map((length, at) => (at === along ? length * 2 : length))
  return { bits: 4, shape: whole, elements: elementsOf(whole), inputs: whole[along] as number }
}

function companions(view: ModuleView, scale: OwnTensor, stem: string): Companion[] {
  const leaves = [...otherEndings.map((ending) => stem + ending), ...scaleLeaves, ...moduleWide]
  const found = companionsOf(view, [...new Set(leaves)], 'buffer')
  if (!found.some(({ own }) => own === scale)) found.unshift({ own: scale, kind: 'buffer', trainable: 'no' })
  // compressed-tensors registers the scales as it does the weight.
  return view.own.has('weight_packed') ? found.map((one) => ({ ...one, kind: 'parameter' as const })) : found
}

/** NVFP4 cannot be read without its second scale, whatever its producer calls it. */
function secondScale(view: ModuleView, stem: string): string[] {
  const names = [`${stem}_scale_2`, `${stem}_weight_scale_2`, `${stem}_global_scale`, 'wtscale']
  return names.some((name) => view.own.has(name))
    ? []
    : [view.own.has('weight_packed') ? 'weight_global_scale' : `${stem}_scale_2`]
}

/** The configuration says that the scale of the inputs is stored, so the layer needs it. */
function withInputScale(view: ModuleView, stem: string, made: PackedSet): PackedSet {
  const names = [`${stem}_input_scale`, 'input_scale', 'input_global_scale']
  if (made.scheme !== 'NVFP4' || names.some((name) => view.own.has(name))) return made
  return { ...made, missing: [...(made.missing ?? []), 'input_scale'] }
}

/** A packed weight whose scale is gone: its other companions tell what it was. */
function withoutScale(view: ModuleView, weight: OwnTensor, stem: string): PackedSet | null {
  const { elements, shape, dtype } = weight.tensor
  const second = [`${stem}_scale_2`, `${stem}_weight_scale_2`, `${stem}_global_scale`].some((leaf) =>
    view.own.has(leaf),
  )
  if (dtype !== 'U8' || !second) return null
  return {
    scheme: 'NVFP4',
    weight,
    kind: 'parameter',
    trainable: 'no',
    readings: [widened(shape, 2, 4)],
    least: elements * 2,
    companions: companionsOf(
      view,
      [...otherEndings.map((ending) => stem + ending), ...scaleLeaves, ...moduleWide],
      'buffer',
    ),
    plain: biasOf(view),
    missing: [`${stem}_scale`],
  }
}

/**
 * gpt-oss: `X_blocks` U8 […, groups, 16] holds two weights a byte, `X_scales` U8 […, groups] one exponent for 32
 * of them (transformers integrations/mxfp4.py); OpenAI's own files have `blocks`, `scales` below the weight's name.
 */
export const mxfp4Blocks: PackedLayout = {
  id: 'mxfp4',
  *sets({ view }) {
    for (const blocks of view.own.values()) {
      const isOwn = blocks.leaf === 'blocks'
      if ((!isOwn && !blocks.leaf.endsWith('_blocks')) || blocks.tensor.dtype !== 'U8') continue
      const { shape, elements } = blocks.tensor
      if (shape.length < 3 || shape.at(-1) !== 16) continue
      const stem = isOwn ? '' : blocks.leaf.slice(0, -'_blocks'.length)
      const scales = view.own.get(isOwn ? 'scales' : `${stem}_scales`)
      if (scales !== undefined && elementsOf(scales.tensor.shape) !== elementsOf(shape.slice(0, -1))) continue
      const whole = [...shape.slice(0, -2), (shape.at(-2) as number) * 32]
      yield {
        scheme: 'MXFP4',
        weight: blocks,
        kind: 'parameter',
        trainable: 'no',
        readings: [{ bits: 4, shape: whole, elements: elements * 2, inputs: whole.at(-1) as number }],
        least: elements * 2,
        companions: scales === undefined ? [] : [{ own: scales, kind: 'parameter' }],
        plain: isOwn ? [] : companionsOf(view, [`${stem}_bias`], 'parameter', null),
        missing: scales === undefined ? [isOwn ? 'scales' : `${stem}_scales`] : [],
      }
    }
  },
}

/** FP-Quant (fp_quant/module/linear.py): `qweight` U8 [out, in/2], `scales` U8, Hadamard matrices as buffers. */
export const fpQuant: PackedLayout = {
  id: 'fp-quant',
  *sets({ view }) {
    const weight = view.own.get('qweight')
    const scales = view.own.get('scales')
    if (weight?.tensor.dtype !== 'U8' || scales === undefined || !isExponentOrFloat8(scales.tensor.dtype))
      return
    yield {
      scheme: view.own.has('weight_global_scale') && isFloat8(scales.tensor.dtype) ? 'NVFP4' : 'FP-Quant',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: [widened(weight.tensor.shape, 2, 4)],
      least: weight.tensor.elements * 2,
      outputs: weight.tensor.shape[0] as number,
      companions: [
        ...companionsOf(view, ['scales'], 'parameter'),
        ...companionsOf(
          view,
          ['weight_global_scale', 'act_global_scale', 'forward_hadamard_matrix', 'backward_hadamard_matrix'],
          'buffer',
        ),
      ],
      plain: biasOf(view),
      classes: ['Linear'],
    }
  },
}

function isExponentOrFloat8(dtype: string | null): boolean {
  return isExponent(dtype) || isFloat8(dtype)
}
