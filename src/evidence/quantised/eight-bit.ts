import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { biasOf, scaleLeaves } from './compressed-tensors.ts'
import { type Companion, companionsOf, isFloat8, isPlainFloat, type PackedLayout, widened } from './packed.ts'

/** Endings of the scales of FP8 weights, after the weight's own name. */
const endings = ['_scale_inv', '_scale', '_scales', '_weight_scale']
/** Of the whole module, whatever they scale. */
const moduleWide = [
  ...scaleLeaves,
  'activation_scale',
  'act_scale',
  'kv_scale',
  'input_scale_ub',
  'weight_scale_2',
  'pre_quant_scale',
  'scale_input',
  'scale_weight',
  'qscale_act',
  'qscale_weight',
]

/**
 * Weights of 8-bit floats beside a scale, a weight an element. Producers differ in the scale's name and shape only:
 * `weight_scale_inv` (DeepSeek-V3, transformers), `scale` F8_E8M0 (DeepSeek-V4), `weight_scale` (compressed-tensors,
 * modelopt, fbgemm, Quark), `scale_weight` (ComfyUI), `qscale_weight` (Mistral), `gate_up_proj_scale` (experts).
 */
export const fp8: PackedLayout = {
  id: 'fp8',
  *sets({ view, settings }) {
    for (const weight of view.own.values()) {
      if (!isFloat8(weight.tensor.dtype) || weight.tensor.shape.length < 2) continue
      if (/scale|amax/.test(weight.leaf)) continue
      const stem = weight.leaf
      const scale = scaleOf(view, weight)
      // A float of eight bits may be just that: a type somebody trains in.
      if (scale === undefined && settings.method === null) continue
      const isBlock = view.own.has(`${stem}_scale_inv`)
      // Who registers the scales differs: modelopt and Quark as buffers, others as Parameters.
      const isSure = isBlock || settings.method === 'compressed-tensors' || settings.method === 'fp8'
      const kind = settings.method === 'modelopt' || settings.method === 'quark' ? 'buffer' : 'parameter'
      const companions: Companion[] =
        scale === undefined ? [] : [{ own: scale, kind, trainable: isBlock ? null : 'no' }]
      const leaves = [`${stem}_activation_scale`, ...(stem === 'weight' ? moduleWide : [])]
      for (const one of companionsOf(view, leaves, kind)) if (one.own !== scale) companions.push(one)
      const { shape } = weight.tensor
      yield {
        scheme: isBlock || scale?.tensor.shape.length === 2 ? 'FP8 block-scaled' : 'FP8',
        weight,
        kind: 'parameter',
        trainable: isBlock ? null : 'no',
        readings: [widened(shape, 1, 8)],
        least: weight.tensor.elements,
        ...(shape.length === 2 ? { outputs: shape[0] as number } : {}),
        companions,
        plain: stem === 'weight' ? biasOf(view) : companionsOf(view, [`${stem}_bias`], 'parameter', null),
        level: isSure ? 'recognised' : 'assumed',
        classes: ['Linear'],
      }
    }
  },
}

function scaleOf(view: ModuleView, weight: OwnTensor): OwnTensor | undefined {
  for (const ending of endings) {
    const scale = view.own.get(weight.leaf + ending)
    if (scale !== undefined) return scale
  }
  if (weight.leaf !== 'weight') return undefined
  return view.own.get('scale_weight') ?? view.own.get('qscale_weight') ?? view.own.get('scale')
}

/**
 * Weights of 8-bit integers beside a scale. `weight` I8 [out, in] with `weight_scale` (compressed-tensors, modelopt,
 * ComfyUI `int8_tensorwise`) or `SCB` (bitsandbytes); EETQ keeps it as [in, out] with `weight_scales` F16 [out].
 * ComfyUI's 4-bit forms hold two weights an element: `weight_s_rel`, `weight_zeros`, or its header says so.
 */
export const int8: PackedLayout = {
  id: 'int8',
  *sets({ view, settings }) {
    const weight = view.own.get('weight') ?? view.own.get('qweight')
    if (weight?.tensor.dtype !== 'I8' || weight.tensor.shape.length !== 2) return
    const { shape, elements } = weight.tensor
    const [rows = 0, columns = 0] = shape
    const common = {
      weight,
      trainable: 'no',
      least: elements,
      plain: biasOf(view),
      classes: ['Linear'],
    } as const
    if (weight.leaf === 'weight' && view.own.has('SCB')) {
      yield {
        ...common,
        scheme: 'bitsandbytes 8-bit',
        kind: 'parameter',
        readings: [widened(shape, 1, 8)],
        outputs: rows,
        companions: companionsOf(view, ['SCB', 'weight_format', 'CB'], 'other'),
      }
      return
    }
    const transposed = view.own.get('weight_scales')
    if (transposed !== undefined && transposed.tensor.shape.length === 1) {
      if (transposed.tensor.elements !== columns) return
      yield {
        ...common,
        scheme: 'EETQ 8-bit',
        kind: weight.leaf === 'weight' ? 'parameter' : 'buffer',
        readings: [{ bits: 8, shape: [columns, rows], elements, inputs: rows }],
        outputs: columns,
        companions: companionsOf(view, ['weight_scales'], weight.leaf === 'weight' ? 'parameter' : 'buffer'),
        level: 'assumed',
      }
      return
    }
    if (weight.leaf !== 'weight') return
    const isComfy4 =
      view.own.has('weight_s_rel') || view.own.has('weight_zeros') || settings.mode === 'convrot_w4a4'
    if (isComfy4) {
      yield {
        ...common,
        scheme: 'ComfyUI 4-bit',
        kind: 'parameter',
        readings: fourOrSix(shape, settings.mode),
        least: Math.ceil((elements * 4) / 3),
        outputs: rows,
        companions: companionsOf(
          view,
          ['weight_scale', 'weight_s_rel', 'weight_s_channel', 'weight_zeros', 'comfy_quant', 'input_scale'],
          'parameter',
        ),
      }
      return
    }
    const scale = view.own.get('weight_scale')
    if (scale === undefined || !isPlainFloat(scale.tensor.dtype)) return
    const readings = [widened(shape, 1, 8)]
    // ComfyUI's `convrot_w4a4` has the shapes of an 8-bit weight: only its marker's text, or a neighbour, tells.
    if (view.own.has('comfy_quant') && settings.mode === null && scale.tensor.shape.length > 0)
      readings.push(widened(shape, 2, 4))
    yield {
      ...common,
      scheme: 'INT8',
      kind: 'parameter',
      readings,
      outputs: rows,
      companions: companionsOf(view, [...moduleWide, 'comfy_quant'], 'parameter'),
      level: settings.method === 'compressed-tensors' ? 'recognised' : 'assumed',
    }
  },
}

function fourOrSix(shape: readonly number[], mode: string | null) {
  const six = widened(shape, 4 / 3, 6)
  const four = widened(shape, 2, 4)
  if (mode === 'convrot_w4a4') return [four]
  return Number.isInteger(six.elements) && Number.isInteger(six.inputs) ? [four, six] : [four]
}
