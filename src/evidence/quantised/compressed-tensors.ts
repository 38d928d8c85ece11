import { type Companion, companionsOf, type PackedLayout, product, type Reading } from './packed.ts'

export const scaleLeaves = [
  'weight_scale',
  'weight_zero_point',
  'weight_global_scale',
  'weight_shape',
  'weight_g_idx',
  'weight_zp',
  'input_scale',
  'input_zero_point',
  'input_global_scale',
  'output_scale',
  'output_zero_point',
  'k_scale',
  'v_scale',
  'q_scale',
]

const bitWidths = [1, 2, 3, 4, 5, 6, 7, 8]
const groupSizes = [16, 32, 64, 128, 256]

/**
 * compressed-tensors, `pack-quantized` (compressed_tensors/compressors): `weight_packed` I32 [out, C] beside
 * `weight_scale` [out, groups], where C is ceil(in·b/32), or ceil(in/floor(32/b)) in versions before 0.20. The width
 * follows from `weight_zero_point` I32 [ceil(out·b/32), groups], the inputs from `weight_g_idx` [in]; else only
 * b·group does. All are Parameters with requires_grad=False (lifecycle/initialize.py).
 */
export const compressedTensors: PackedLayout = {
  id: 'compressed-tensors',
  *sets({ view, settings }) {
    const packed = view.own.get('weight_packed')
    if (packed === undefined || (packed.tensor.dtype !== 'I32' && packed.tensor.dtype !== 'I64')) return
    const { shape } = packed.tensor
    const scale = view.shape('weight_scale')
    const outer = shape.slice(0, -1)
    const columns = shape.at(-1) ?? 0
    const readings: Reading[] = []
    if (scale !== undefined && scale.length === shape.length && shape.length >= 2) {
      const groups = scale.at(-1) ?? 0
      const exact = view.shape('weight_g_idx')?.[0]
      const zeros = view.shape('weight_zero_point')
      const out = outer.at(-1) ?? 0
      for (const bits of bitWidths) {
        const zeroRows = zeros?.length === shape.length ? zeros.at(-2) : undefined
        if (zeroRows !== undefined && zeroRows !== Math.ceil((out * bits) / 32)) continue
        for (const inputs of exact === undefined ? inputsOf(columns, groups, bits) : [exact]) {
          if (!isPackedTo(columns, inputs, bits)) continue
          if (!readings.some((one) => one.bits === bits && one.inputs === inputs))
            readings.push({
              bits,
              group: Math.ceil(inputs / groups),
              shape: [...outer, inputs],
              elements: product([...outer, inputs]),
              inputs,
            })
        }
      }
    }
    const said = readings.filter(
      (one) =>
        (settings.bits === null || one.bits === settings.bits) &&
        (settings.group === null || settings.group < 0 || one.group === settings.group),
    )
    yield {
      scheme: 'compressed-tensors',
      weight: packed,
      kind: 'parameter',
      trainable: 'no',
      readings: said.length > 0 ? said : readings,
      least: packed.tensor.elements * 4,
      ...(outer.length === 1 ? { outputs: outer[0] as number } : {}),
      companions: companionsOf(view, scaleLeaves, 'parameter'),
      plain: biasOf(view),
      missing: scale === undefined ? ['weight_scale'] : [],
      classes: ['Linear'],
    }
  },
}

/** Numbers of inputs that these columns and groups may stand for. */
function inputsOf(columns: number, groups: number, bits: number): number[] {
  if (groups > 1) return groupSizes.map((group) => group * groups)
  // One group a row: any width gives a number of inputs.
  return [Math.floor((columns * 32) / bits), columns * Math.floor(32 / bits)]
}

/** Whether so many inputs fill so many columns, in either version's way. */
function isPackedTo(columns: number, inputs: number, bits: number): boolean {
  return columns === Math.ceil((inputs * bits) / 32) || columns === Math.ceil(inputs / Math.floor(32 / bits))
}

/** The bias is a plain parameter that is not frozen by the layout. */
export function biasOf(view: Parameters<PackedLayout['sets']>[0]['view']): Companion[] {
  return companionsOf(view, ['bias'], 'parameter', null)
}

/**
 * compressed-tensors of old: `sparse-24-bitmask` keeps `compressed`, `bitmask`, `shape`; `marlin-24` tiles
 * `weight_packed` I32 beside `scale_packed` and `meta`. The shape is in the data.
 */
export const sparseTensors: PackedLayout = {
  id: 'compressed-tensors-sparse',
  *sets({ view }) {
    const compressed = view.own.get('compressed')
    if (compressed !== undefined && view.own.has('bitmask'))
      yield {
        scheme: 'compressed-tensors 2:4 sparse',
        weight: compressed,
        kind: 'parameter',
        trainable: 'no',
        readings: [],
        least: compressed.tensor.elements,
        companions: companionsOf(view, ['bitmask', 'shape'], 'parameter'),
        plain: biasOf(view),
      }
    const packed = view.own.get('weight_packed')
    if (packed !== undefined && view.own.has('scale_packed') && view.own.has('meta'))
      yield {
        scheme: 'compressed-tensors Marlin 2:4',
        weight: packed,
        kind: 'parameter',
        trainable: 'no',
        readings: [],
        least: packed.tensor.elements * 4,
        companions: companionsOf(view, ['scale_packed', 'meta', 'weight_shape'], 'parameter'),
        plain: biasOf(view),
      }
  },
}
