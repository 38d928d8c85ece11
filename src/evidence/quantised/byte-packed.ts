import { biasOf } from './compressed-tensors.ts'
import { companionsOf, type PackedLayout, type Reading, widened } from './packed.ts'

/** BitNet in transformers (integrations/bitnet.py): `weight` U8 [out/4, in], four ternary weights a byte and the last rows padded, beside `weight_scale` [1]: buffers. */
export const bitnet: PackedLayout = {
  id: 'bitnet',
  *sets({ view }) {
    const weight = view.own.get('weight')
    const scale = view.own.get('weight_scale')
    if (weight?.tensor.dtype !== 'U8' || scale?.tensor.elements !== 1 || weight.tensor.shape.length !== 2)
      return
    if (view.own.has('weight_scale_2')) return
    const [packed = 0, inputs = 0] = weight.tensor.shape
    const bias = view.shape('bias')?.[0]
    const hasRows = (rows: number) => Math.ceil(rows / 4) === packed
    // Up to three of the last byte's rows are none of the layer's.
    const heights =
      bias !== undefined && hasRows(bias) ? [bias] : [0, 1, 2, 3].map((padding) => packed * 4 - padding)
    const readings = heights
      .filter((rows) => rows > 0)
      .map((rows): Reading => ({ bits: 1.58, shape: [rows, inputs], elements: rows * inputs, inputs: rows }))
    yield {
      scheme: 'BitNet',
      weight,
      kind: 'buffer',
      trainable: 'no',
      readings,
      ...(readings[0] === undefined ? {} : { likely: readings[0] }),
      least: readings.at(-1)?.elements ?? 0,
      gets: inputs,
      companions: companionsOf(view, ['weight_scale'], 'buffer'),
      plain: companionsOf(view, ['bias'], 'buffer'),
      classes: ['Linear'],
    }
  },
}

/**
 * Gemma in transformers (`quant_method: gemma`): `weight` U8 [out, in/2] or [out, in/4] beside `weight_scale` F32
 * [out, 1] and scalar activation scales; embeddings as `embedding_quantized`, `embedding_scale`. The width is in
 * the configuration, or a neighbour tells the inputs.
 */
export const gemma: PackedLayout = {
  id: 'gemma',
  *sets({ view, settings }) {
    const isEmbedding = view.own.has('embedding_quantized')
    const weight = view.own.get(isEmbedding ? 'embedding_quantized' : 'weight')
    const scale = view.own.get(isEmbedding ? 'embedding_scale' : 'weight_scale')
    const { dtype, shape = [], elements = 0 } = weight?.tensor ?? {}
    if (weight === undefined || scale === undefined || shape.length !== 2) return
    if (dtype !== 'U8' && !(isEmbedding && dtype === 'I8')) return
    if (scale.tensor.dtype !== 'F32' || scale.tensor.shape.join() !== `${shape[0]},1`) return
    if (!isEmbedding && !view.own.has('input_activation_scale') && settings.method !== 'gemma') return
    const all: Reading[] = [widened(shape, 2, 4), widened(shape, 4, 2), widened(shape, 1, 8)]
    const said = settings.bits === null ? [] : all.filter(({ bits }) => bits === settings.bits)
    yield {
      scheme: 'Gemma',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: dtype === 'I8' ? [all[2] as Reading] : said.length > 0 ? said : all,
      least: elements,
      outputs: shape[0] as number,
      companions: companionsOf(
        view,
        ['weight_scale', 'embedding_scale', 'input_activation_scale', 'output_activation_scale'],
        'parameter',
      ),
      plain: biasOf(view),
      classes: [isEmbedding ? 'Embedding' : 'Linear'],
    }
  },
}

/** HIGGS in transformers: `weight` I16 [out·b/16, in], `scales` [out, in/group], `tables` [2^b·…], `tables2`: frozen Parameters. */
export const higgs: PackedLayout = {
  id: 'higgs',
  *sets({ view }) {
    const weight = view.own.get('weight')
    const scales = view.own.get('scales')
    if (weight === undefined || scales === undefined || !view.has('tables', 'tables2')) return
    const [rows = 0, inputs = 0] = weight.tensor.shape
    const out = scales.tensor.shape[0] ?? 0
    const bits = (rows * 16) / out
    const fits = weight.tensor.shape.length === 2 && Number.isInteger(bits) && bits >= 1 && bits <= 8
    yield {
      scheme: 'HIGGS',
      weight,
      kind: 'parameter',
      trainable: 'no',
      readings: fits ? [{ bits, shape: [out, inputs], elements: out * inputs, inputs }] : [],
      least: weight.tensor.elements * 2,
      outputs: out,
      companions: companionsOf(view, ['scales', 'tables', 'tables2'], 'parameter'),
      plain: biasOf(view),
      classes: ['Linear'],
    }
  },
}
