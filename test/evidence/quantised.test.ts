import { describe, expect, it } from 'vitest'
import { plainMap, reportOf, tensorOf, totalsOf as totals } from '../helpers/checkpoint.ts'

// Layouts and counts from the producers' sources, named in src/evidence/quantised/*.ts.
describe('quantised layouts', () => {
  it('counts the weights of a GPTQ layer, whatever its bits, all buffers', () => {
    for (const [bits, rows] of [
      [4, 8],
      [8, 16],
      [3, 6],
      [2, 4],
    ] as const) {
      const report = reportOf({
        'q.qweight': ['I32', [rows, 32]],
        'q.qzeros': ['I32', [2, bits]],
        'q.scales': ['F16', [2, 32]],
        'q.g_idx': ['I32', [64]],
        'q.bias': ['F16', [32]],
      })
      expect(totals(report).logicalParameters).toBe(64 * 32 + 32)
      expect(totals(report).stored.elements).toBe(rows * 32 + 2 * bits + 64 + 64 + 32)
      expect(totals(report).bookkeeping.elements).toBe(2 * bits + 64 + 64)
      expect(totals(report).parameters.tensors).toBe(0)
      expect(tensorOf(report, 'q.bias')).toMatchObject({ kind: 'buffer', trainable: 'no' })
      expect(tensorOf(report, 'q.qweight').quantised).toMatchObject({
        scheme: `GPTQ ${bits}-bit`,
        logicalShape: [32, 64],
      })
    }
  })

  it('counts the weights of an AWQ layer, packed the other way', () => {
    const report = reportOf({
      'q.qweight': ['I32', [64, 4]],
      'q.qzeros': ['I32', [2, 4]],
      'q.scales': ['F16', [2, 32]],
    })
    expect(totals(report).logicalParameters).toBe(64 * 32)
    expect(tensorOf(report, 'q.qweight').quantised?.scheme).toBe('AWQ 4-bit')
  })

  it('counts two weights a byte in bitsandbytes 4-bit, and calls the quant state neither', () => {
    const report = reportOf({
      'q.weight': ['U8', [1024, 1]],
      'q.weight.absmax': ['U8', [32]],
      'q.weight.quant_map': ['F32', [16]],
      'q.weight.nested_absmax': ['F32', [1]],
      'q.weight.nested_quant_map': ['F32', [256]],
      'q.weight.quant_state.bitsandbytes__nf4': ['U8', [80]],
      'q.bias': ['F16', [32]],
    })
    expect(totals(report).logicalParameters).toBe(2048 + 32)
    expect(totals(report).other.tensors).toBe(5)
    expect(tensorOf(report, 'q.weight')).toMatchObject({ kind: 'parameter', trainable: 'no' })
    expect(tensorOf(report, 'q.weight.quant_state.bitsandbytes__nf4').kind).toBe('other')
  })

  it('knows bitsandbytes 8-bit by SCB', () => {
    const report = reportOf({
      'q.weight': ['I8', [32, 64]],
      'q.SCB': ['F32', [32]],
      'q.weight_format': ['U8', []],
    })
    expect(totals(report).logicalParameters).toBe(2048)
    expect(tensorOf(report, 'q.weight').kind).toBe('parameter')
    expect(tensorOf(report, 'q.SCB').kind).toBe('other')
  })

  it('knows compressed-tensors: parameters that do not train, integer zero points too', () => {
    const report = reportOf({
      'q.weight_packed': ['I32', [32, 8]],
      'q.weight_scale': ['BF16', [32, 2]],
      'q.weight_zero_point': ['I32', [4, 2]],
      'q.weight_shape': ['I64', [2]],
    })
    expect(totals(report).logicalParameters).toBe(32 * 64)
    expect(tensorOf(report, 'q.weight_zero_point')).toMatchObject({ kind: 'parameter', trainable: 'no' })
  })

  it('takes the bits of compressed-tensors from config.json', () => {
    const config = plainMap({
      quantization_config: {
        quant_method: 'compressed-tensors',
        config_groups: { group_0: { weights: { num_bits: 8 } } },
      },
    })
    const report = reportOf(
      { 'q.weight_packed': ['I32', [32, 16]], 'q.weight_scale': ['BF16', [32, 2]] },
      { side: { config } },
    )
    expect(totals(report).logicalParameters).toBe(32 * 64)
  })

  it('knows block-scaled FP8', () => {
    const report = reportOf({ 'q.weight': ['F8_E4M3', [256, 256]], 'q.weight_scale_inv': ['F32', [2, 2]] })
    expect(totals(report).logicalParameters).toBe(65536)
    expect(tensorOf(report, 'q.weight')).toMatchObject({ kind: 'parameter', trainable: 'unknown' })
  })

  it('knows MXFP4 experts', () => {
    const report = reportOf({
      'mlp.experts.gate_up_proj_blocks': ['U8', [4, 64, 2, 16]],
      'mlp.experts.gate_up_proj_scales': ['U8', [4, 64, 2]],
      'mlp.experts.gate_up_proj_bias': ['BF16', [4, 64]],
    })
    expect(totals(report).logicalParameters).toBe(4 * 64 * 2 * 32 + 4 * 64)
    expect(tensorOf(report, 'mlp.experts.gate_up_proj_scales')).toMatchObject({
      kind: 'parameter',
      trainable: 'no',
    })
  })

  it('knows MLX, with the group size of config.json', () => {
    const entries = {
      'q.weight': ['U32', [32, 8]],
      'q.scales': ['BF16', [32, 2]],
      'q.biases': ['BF16', [32, 2]],
    } as const
    const config = plainMap({ quantization: { group_size: 32, bits: 4 } })
    expect(totals(reportOf(entries, { side: { config } })).logicalParameters).toBe(32 * 64)
  })

  it('knows BitNet by its bytes and single scale: buffers', () => {
    const report = reportOf({ 'q.weight': ['U8', [8, 64]], 'q.weight_scale': ['BF16', [1]] })
    expect(totals(report).logicalParameters).toBe(32 * 64)
    expect(tensorOf(report, 'q.weight').kind).toBe('buffer')
  })
})
