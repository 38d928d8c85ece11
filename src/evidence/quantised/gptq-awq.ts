import { integerOf, quantisationConfig } from './marker.ts'
import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

const isBits = (bits: number): boolean => [2, 3, 4, 5, 6, 8].includes(bits)

/**
 * GPTQ: `qweight` I32 [in·bits/32, out], `qzeros` [groups, out·bits/32], `scales` [groups, out], `g_idx` [in]
 * (AutoGPTQ, qlinear_cuda.py). AWQ: `qweight` I32 [in, out·bits/32], same companions without `g_idx`
 * (AutoAWQ, gemm.py). Both register all of it, the bias too, as buffers.
 */
export const gptqAwq: QuantisedScheme = {
  id: 'gptq-awq',
  collect(view, subject, claims) {
    const qweight = view.own.get('qweight')
    const scales = view.own.get('scales')
    if (qweight === undefined || scales === undefined) return false
    const [rows, columns] = qweight.tensor.shape
    const out = scales.tensor.shape.at(-1)
    if (
      rows === undefined ||
      columns === undefined ||
      out === undefined ||
      qweight.tensor.shape.length !== 2 ||
      out === 0
    )
      return false

    const config = quantisationConfig(subject)
    const isGptq = columns === out
    const zeros = view.shape('qzeros')?.[1]
    const stated = integerOf(config, 'bits') ?? integerOf(config, 'w_bit')
    const derived = isGptq ? (zeros === undefined ? stated : (zeros * 32) / out) : (columns * 32) / out
    const bits = derived !== null && isBits(derived) ? derived : stated
    const inputs = bits === null ? null : isGptq ? (rows * 32) / bits : rows
    const name = `${isGptq ? 'GPTQ' : 'AWQ'}${bits === null ? '' : ` ${bits}-bit`}`

    const say = new SchemeClaims(claims, name)
    const shape = inputs === null || !Number.isInteger(inputs) ? undefined : [out, inputs]
    say.weight(qweight, 'buffer', 'no', inputs === null ? null : inputs * out, shape)
    for (const leaf of ['qzeros', 'scales', 'g_idx', 'perm']) say.bookkeeping(view.own.get(leaf), 'buffer')
    say.plain(view.own.get('bias'), 'buffer', 'no')
    claims.module(view.node, [`Linear (${name})`], inputs === null ? '' : `${inputs}→${out}`, 'recognised')
    return true
  },
}
