import { biasOf } from './compressed-tensors.ts'
import { companionsOf, type PackedLayout, type Reading } from './packed.ts'

/** AQLM (aqlm/inference.py): `codes` [out/og, in/ig, n], `codebooks` [n, 2^b, og, ig], `scales`: frozen Parameters. */
export const aqlm: PackedLayout = {
  id: 'aqlm',
  *sets({ view }) {
    const codes = view.own.get('codes')
    const books = view.own.get('codebooks')
    if (codes === undefined || books === undefined) return
    const [outs = 0, ins = 0, n = 0] = codes.tensor.shape
    const [n2, entries = 0, og = 0, ig = 0] = books.tensor.shape
    if (codes.tensor.shape.length !== 3 || books.tensor.shape.length !== 4 || n !== n2) return
    const shape = [outs * og, ins * ig]
    const bits = (n * Math.log2(entries)) / (og * ig)
    yield {
      scheme: 'AQLM',
      weight: codes,
      kind: 'parameter',
      trainable: 'no',
      readings: [{ bits, shape, elements: outs * og * ins * ig, inputs: ins * ig }],
      least: codes.tensor.elements,
      outputs: outs * og,
      companions: companionsOf(view, ['codebooks', 'scales'], 'parameter'),
      plain: biasOf(view),
      classes: ['Linear'],
    }
  },
}

/**
 * Weights whose rows and columns are known from vectors beside them. QuIP#: `Qidxs` with `SU` [in], `SV` [out]. EXL3:
 * `trellis` I16 [in/16, out/16, 16·b] with `suh`, `svh`. EXL2: `q_weight` I32 with `q_invperm` [in] and columns of out
 * padded to 32. VPTQ: `indices` with `centroids`, its rows in the configuration alone. SpQR: `dense_weights` I64, 16 each.
 */
export const lattices: PackedLayout = {
  id: 'lattices',
  *sets({ view }) {
    const length = (...leaves: readonly string[]): number | undefined => {
      for (const leaf of leaves) {
        const shape = view.shape(leaf)
        if (shape?.length === 1) return shape[0]
      }
      return undefined
    }
    const by = (
      scheme: string,
      leaf: string,
      companions: readonly string[],
      least: number,
      out: number | undefined,
      inputs: number | undefined,
    ) => {
      const weight = view.own.get(leaf)
      if (weight === undefined) return []
      const readings: Reading[] = []
      if (out !== undefined && inputs !== undefined && out * inputs > 0) {
        const bytes = weight.tensor.bytes ?? 0
        const bits = Math.max(1, Math.round((bytes * 8 * 100) / (out * inputs)) / 100)
        readings.push({ bits, shape: [out, inputs], elements: out * inputs, inputs })
      }
      return [
        {
          scheme,
          weight,
          kind: 'buffer' as const,
          trainable: 'no' as const,
          readings,
          least: weight.tensor.elements * least,
          companions: companionsOf(view, companions, 'buffer'),
          plain: companionsOf(view, ['bias'], 'buffer'),
          level: 'assumed' as const,
          classes: ['Linear'],
        },
      ]
    }
    if (view.own.has('Qidxs'))
      yield* by('QuIP#', 'Qidxs', ['SU', 'SV', 'Wscale', 'codebook_id'], 8, length('SV'), length('SU'))
    const trellis = view.shape('trellis')
    if (trellis !== undefined && trellis.length === 3)
      yield* by(
        'EXL3',
        'trellis',
        ['suh', 'svh', 'su', 'sv', 'mcg', 'mul1'],
        1,
        length('svh') ?? (trellis[1] as number) * 16,
        length('suh') ?? (trellis[0] as number) * 16,
      )
    const exl2 = view.shape('q_weight')
    if (exl2 !== undefined && view.own.has('q_scale'))
      yield* by(
        'EXL2',
        'q_weight',
        ['q_scale', 'q_scale_max', 'q_groups', 'q_invperm', 'q_perm'],
        4,
        exl2[1],
        length('q_invperm', 'q_perm'),
      )
    if (view.own.has('indices') && view.child('centroids') !== undefined) {
      const below = ['centroids', 'res_centroids', 'outlier_centroids']
        .map((name) => view.child(name)?.own.get('weight'))
        .filter((own) => own !== undefined)
      for (const one of by(
        'VPTQ',
        'indices',
        ['perm', 'weight_scale', 'weight_bias', 'outlier_indices'],
        2,
        undefined,
        undefined,
      ))
        yield {
          ...one,
          companions: [...one.companions, ...below.map((own) => ({ own, kind: 'parameter' as const }))],
        }
    }
    const offsets = length('row_offsets')
    if (view.own.has('dense_weights') && offsets !== undefined)
      yield* by(
        'SpQR',
        'dense_weights',
        ['row_offsets', 'col_vals', 'in_perm', 'row_ids'],
        16,
        offsets - 1,
        length('in_perm'),
      )
  },
}
