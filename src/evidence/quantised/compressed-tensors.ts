import { elementsOf } from '../../model/tensors/tensor.ts'
import type { ShownTensor } from '../own-tensors.ts'
import { type Companion, companionsOf, type PackedLayout, type PackedModule, type Reading } from './packed.ts'

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
 * follows from `weight_zero_point` I32 [ceil(out·b/32), groups], the inputs from `weight_g_idx` [in] or the values of
 * `weight_shape`; else only b·group does, and a row of one group may be padded. All are Parameters with requires_grad=False (lifecycle/initialize.py).
 */
export const compressedTensors: PackedLayout = {
  id: 'compressed-tensors',
  *sets(module) {
    const { view, settings } = module
    const packed = view.own.get('weight_packed')
    if (packed === undefined || (packed.tensor.dtype !== 'I32' && packed.tensor.dtype !== 'I64')) return
    const { shape } = packed.tensor
    const scale = view.shape('weight_scale')
    const outer = shape.slice(0, -1)
    const columns = shape.at(-1) ?? 0
    const fitting =
      scale === undefined
        ? []
        : readingsOf(module, shape, scale, settings.bits === null ? bitWidths : [settings.bits])
    const readings =
      scale === undefined || fitting.length > 0 ? fitting : readingsOf(module, shape, scale, bitWidths)
    const said = readings.filter(
      ({ group }) => settings.group === null || settings.group < 0 || group === settings.group,
    )
    yield {
      scheme: 'compressed-tensors',
      weight: packed,
      kind: 'parameter',
      trainable: 'no',
      readings: sameCount(said.length > 0 ? said : readings),
      // A row may fill its last number with one weight; 8 bits are the widest.
      least: elementsOf(outer) * Math.max(1, (columns - 1) * 4 + 1),
      ...(outer.length === 1 ? { outputs: outer[0] as number } : {}),
      companions: companionsOf(view, scaleLeaves, 'parameter'),
      plain: biasOf(view),
      missing: scale === undefined ? ['weight_scale'] : [],
      classes: ['Linear'],
    }
  },
}

/** What a packed weight of this shape may be, of these widths. */
function readingsOf(
  { view, stated }: PackedModule,
  shape: readonly number[],
  scale: readonly number[],
  widths: readonly number[],
): Reading[] {
  if (scale.length !== shape.length || shape.length < 2) return []
  const outer = shape.slice(0, -1)
  const columns = shape.at(-1) ?? 0
  const groups = scale.at(-1) ?? 0
  const out = outer.at(-1) ?? 0
  const whole = stated(view.own.get('weight_shape'))
  // What is stated for other rows is of another weight.
  if (whole !== undefined && whole.at(-2) !== out) return []
  const exact = whole?.at(-1) ?? view.shape('weight_g_idx')?.[0]
  const zeros = view.shape('weight_zero_point')
  const zeroRows = zeros?.length === shape.length ? zeros.at(-2) : undefined
  const readings: Reading[] = []
  for (const bits of widths) {
    if (zeroRows !== undefined && zeroRows !== Math.ceil((out * bits) / 32)) continue
    for (const inputs of exact === undefined ? inputsOf(columns, groups, bits) : [exact])
      if (inputs >= groups && isPackedTo(columns, inputs, bits))
        readings.push({
          bits,
          group: Math.ceil(inputs / groups),
          shape: [...outer, inputs],
          elements: elementsOf([...outer, inputs]),
          inputs,
        })
  }
  return readings
}

/**
 * Numbers of inputs that these columns and groups may stand for. Of one group a row every number that fills the columns:
 * the last of them may be padded.
 */
function inputsOf(columns: number, groups: number, bits: number): number[] {
  if (groups > 1) return groupSizes.map((group) => group * groups)
  const dense = Math.floor((columns * 32) / bits)
  const fewest = Math.min(Math.floor(((columns - 1) * 32) / bits), (columns - 1) * Math.floor(32 / bits)) + 1
  return Array.from({ length: dense - fewest + 1 }, (_, at) => dense - at)
}

/** One for all where they differ in the width alone: what the values state leaves that open at times. */
function sameCount(readings: readonly Reading[]): readonly Reading[] {
  const [first] = readings
  if (first === undefined || readings.some(({ elements }) => elements !== first.elements)) return readings
  return [readings.find(({ bits }) => bits === 4 || bits === 8) ?? first]
}

/** Whether so many inputs fill so many columns, in either version's way. */
function isPackedTo(columns: number, inputs: number, bits: number): boolean {
  return columns === Math.ceil((inputs * bits) / 32) || columns === Math.ceil(inputs / Math.floor(32 / bits))
}

/** The bias is a plain parameter that is not frozen by the layout. */
export function biasOf(view: Parameters<PackedLayout['sets']>[0]['view']): Companion[] {
  return companionsOf(view, ['bias'], 'parameter', null)
}

/** Of each four values of a row two are stored, whatever they are stored as. */
function halfStored(shape: readonly number[], stored: ShownTensor): Reading[] {
  const elements = elementsOf(shape)
  return stored.elements * 2 === elements
    ? [{ bits: ((stored.bytes ?? 0) * 4) / stored.elements, shape, elements }]
    : []
}

/**
 * compressed-tensors of old: `sparse-24-bitmask` keeps `compressed`, `bitmask`, `shape`; `marlin-24` tiles
 * `weight_packed` I32 beside `scale_packed` and `meta`. The shape is in the data.
 */
export const sparseTensors: PackedLayout = {
  id: 'compressed-tensors-sparse',
  *sets({ view, stated }) {
    const compressed = view.own.get('compressed')
    const shape = stated(view.own.get('shape'))
    if (compressed !== undefined && view.own.has('bitmask'))
      yield {
        scheme: 'compressed-tensors 2:4 sparse',
        weight: compressed,
        kind: 'parameter',
        trainable: 'no',
        readings: shape === undefined ? [] : halfStored(shape, compressed.tensor),
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
