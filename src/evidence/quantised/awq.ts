import { companionsOf, type PackedLayout, type Reading } from './packed.ts'

/**
 * AutoAWQ (awq/modules/linear) and what has its shapes. `gemm`: `qweight` I32 [in, out/8], `scales` [groups, out].
 * `gemv`: `qweight` I32 [out, in/8], `scales` [out, padded groups]. `gemv_fast`: `qweight` I16 [out/4, in], `scales`
 * [padded groups, out]. `marlin`: `qweight` I32 [in/16, out·2], `scales` [groups, out], no zeros. Intel Neural
 * Compressor: `scales` [out, groups], `qweight` packed along either side. All buffers, the bias too.
 */
export const awq: PackedLayout = {
  id: 'awq',
  *sets({ view, settings }) {
    const qweight = view.own.get('qweight')
    const scales = view.own.get('scales')
    if (qweight === undefined || scales === undefined) return
    const { dtype, shape } = qweight.tensor
    const [rows, columns] = shape
    const [scaleRows, scaleColumns] = scales.tensor.shape
    if (shape.length !== 2 || scales.tensor.shape.length !== 2) return
    if (rows === undefined || columns === undefined || scaleRows === undefined || scaleColumns === undefined)
      return
    const zeros = view.shape('qzeros')
    const found: [scheme: string, Reading][] = []
    const add = (scheme: string, bits: number, out: number, inputs: number) => {
      if (Number.isInteger(out) && Number.isInteger(inputs) && out > 0 && inputs > 0)
        found.push([scheme, { bits, shape: [out, inputs], elements: out * inputs, inputs }])
    }
    if (dtype === 'I16' && scaleColumns === rows * 4) add('AWQ gemv_fast', 4, rows * 4, columns)
    else if (dtype === 'I32') {
      for (const bits of [4, 8, 2, 3]) {
        const each = Math.floor(32 / bits)
        if (scaleColumns === columns * each && (zeros === undefined || zeros[1] === columns))
          add('AWQ', bits, columns * each, rows)
      }
      if (zeros === undefined && columns === 2 * scaleColumns) add('AWQ Marlin', 4, scaleColumns, rows * 16)
      if (scaleRows === rows && found.length === 0) {
        // gemv pads its groups to 8 a zero point; Intel Neural Compressor does not.
        const isGemv = zeros !== undefined && zeros[0] === rows && scaleColumns === (zeros[1] ?? 0) * 8
        for (const bits of isGemv ? [4] : [4, 8, 2])
          if (isGemv || settings.bits === null || settings.bits === bits)
            add(isGemv ? 'AWQ gemv' : 'Intel Neural Compressor', bits, rows, columns * (32 / bits))
      }
    }
    const [first] = found
    if (first === undefined) return
    const agreed = found.filter(([, { bits }]) => settings.bits === null || bits === settings.bits)
    const readings = (agreed.length > 0 ? agreed : found).map(([, one]) => one)
    yield {
      scheme: first[0],
      weight: qweight,
      kind: 'buffer',
      trainable: 'no',
      readings,
      least: qweight.tensor.elements * (dtype === 'I16' ? 2 : 4),
      outputs: first[1].shape?.[0] as number,
      companions: companionsOf(
        view,
        ['qzeros', 'scales', 'g_idx', 'theta', 'pairs', 'channel_scales'],
        'buffer',
      ),
      plain: companionsOf(view, ['bias'], 'buffer'),
      classes: ['Linear'],
    }
  },
}
