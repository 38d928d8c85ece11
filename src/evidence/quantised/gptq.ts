import { companionsOf, type PackedLayout, type PackedSet, type Reading } from './packed.ts'

/** Widths of one weight that GPTQ's and AWQ's writers know. */
const widths = [1, 2, 3, 4, 5, 6, 7, 8]
const groups = [16, 32, 64, 128, 256, 512, 1024]

/**
 * GPTQ and GPTQModel (gptqmodel/nn_modules/qlinear): `qweight` I32 [ceil(in·b/32), out], `qzeros` [groups,
 * ceil(out·b/32)], `scales` [groups, out], `g_idx` [in]. AutoRound writes the same without `g_idx`. All of it is a
 * buffer, the bias too. The width of an integer is that of `pack_dtype`.
 */
export const gptq: PackedLayout = {
  id: 'gptq',
  *sets({ view, settings }) {
    const qweight = view.own.get('qweight')
    const scales = view.own.get('scales')
    const bits = packBits(qweight?.tensor.dtype ?? null)
    if (qweight === undefined || bits === null || qweight.tensor.shape.length !== 2) return
    const [rows = 0, out = 0] = qweight.tensor.shape
    if (scales === undefined) {
      // Without scales nothing tells GPTQ from AWQ; that they are missing is what matters.
      if (!view.own.has('qzeros') && !view.own.has('g_idx')) return
      yield set(view, qweight, [], ['scales'])
      return
    }
    if (scales.tensor.shape.length !== 2 || scales.tensor.shape[1] !== out) return
    const inputs = view.own.get('g_idx')?.tensor.shape[0]
    const zeros = view.own.get('qzeros')?.tensor.shape[1]
    const groupRows = scales.tensor.shape[0] as number
    const readings: Reading[] = []
    for (const width of widths) {
      if (zeros !== undefined && zeros !== Math.ceil((out * width) / bits)) continue
      if (inputs !== undefined) {
        if (rows === Math.ceil((inputs * width) / bits)) readings.push(reading(width, out, inputs))
        continue
      }
      // Without g_idx the rows leave less than one integer of weights open: whole groups settle it.
      const most = Math.floor((rows * bits) / width)
      if (rows === Math.ceil((most * width) / bits)) {
        const fits = groupRows === 1 || groups.some((group) => Math.ceil(most / group) === groupRows)
        if (fits) readings.push(reading(width, out, most))
      }
    }
    const said = settings.bits === null ? readings : readings.filter((one) => one.bits === settings.bits)
    yield set(view, qweight, said.length > 0 ? said : readings, [])
  },
}

function set(
  view: Parameters<PackedLayout['sets']>[0]['view'],
  weight: PackedSet['weight'],
  readings: readonly Reading[],
  missing: readonly string[],
): PackedSet {
  return {
    scheme: 'GPTQ',
    weight,
    kind: 'buffer',
    trainable: 'no',
    readings,
    least: weight.tensor.elements * 4,
    ...(weight.tensor.shape[1] === undefined ? {} : { outputs: weight.tensor.shape[1] }),
    companions: companionsOf(view, ['qzeros', 'scales', 'g_idx', 'perm', 'scale_bf16_to_fp8'], 'buffer'),
    plain: companionsOf(view, ['bias'], 'buffer'),
    missing,
    classes: ['Linear'],
  }
}

function reading(bits: number, out: number, inputs: number): Reading {
  return { bits, shape: [out, inputs], elements: out * inputs, inputs }
}

/** Bits of the integers that weights are packed into; null for other types. */
function packBits(dtype: string | null): number | null {
  return dtype === 'I32' || dtype === 'U32'
    ? 32
    : dtype === 'I64'
      ? 64
      : dtype === 'I16'
        ? 16
        : dtype === 'I8' || dtype === 'U8'
          ? 8
          : null
}
