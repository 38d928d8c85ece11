import type { Entries, plainMap } from './checkpoint.ts'

// Shapes as the libraries write them, from their sources: NVIDIA/Model-Optimizer, vllm-project/compressed-tensors,
// ComfyUI, comfy-kitchen, transformers, ModelCloud/GPTQModel, AutoAWQ, auto-round, neural-compressor, mlx, mlx-lm,
// bitsandbytes, hqq, optimum-quanto, EETQ, torchao, amd-quark, nunchaku, aqlm, quip-sharp, exllamav2, exllamav3.
export const outputs = 96
export const inputs = 160
const [o, i] = [outputs, inputs]

/** One packed layer as a library writes it. */
export interface PackedLayer {
  readonly entries: Entries
  /** Of the unquantised layer: out × in, and its bias where there is one. */
  readonly logical: number
  readonly config?: Parameters<typeof plainMap>[0]
  readonly metadata?: Readonly<Record<string, string>>
}

const gptq = (bits: number, gIdx: boolean, columns = i): Entries => ({
  'q.qweight': ['I32', [Math.ceil((columns * bits) / 32), o]],
  'q.qzeros': ['I32', [Math.ceil(columns / 32), Math.ceil((o * bits) / 32)]],
  'q.scales': ['F16', [Math.ceil(columns / 32), o]],
  ...(gIdx ? { 'q.g_idx': ['I32', [columns]] as const } : {}),
})
export const mlx = (bits: number, group: number): Entries => ({
  'q.weight': ['U32', [o, (256 * bits) / 32]],
  'q.scales': ['BF16', [o, 256 / group]],
  'q.biases': ['BF16', [o, 256 / group]],
})
const norm: Entries = { 'norm.weight': ['BF16', [256]] }
const packed = (bits: number, columns: number, whole: number): Entries => ({
  'q.weight_packed': ['I32', [o, columns]],
  'q.weight_scale': ['BF16', [o, whole / 32]],
  'q.weight_shape': ['I64', [2]],
  'q.weight_zero_point': ['I32', [Math.ceil((o * bits) / 32), whole / 32]],
})

/** By library and layout. */
export const packedLayers: Readonly<Record<string, PackedLayer>> = {
  'NVFP4 of modelopt': {
    entries: {
      'q.weight': ['U8', [o, i / 2]],
      'q.weight_scale': ['F8_E4M3', [o, i / 16]],
      'q.weight_scale_2': ['F32', []],
      'q.input_scale': ['F32', []],
      'q.pre_quant_scale': ['BF16', [i]],
    },
    logical: o * i,
  },
  'NVFP4 of ComfyUI, padded and swizzled': {
    entries: {
      'q.weight': ['U8', [o, i / 2]],
      'q.weight_scale': ['F8_E4M3', [128, 12]],
      'q.weight_scale_2': ['F32', []],
      'q.comfy_quant': ['U8', [19]],
    },
    logical: o * i,
  },
  'NVFP4 of compressed-tensors': {
    entries: {
      'q.weight_packed': ['U8', [o, i / 2]],
      'q.weight_scale': ['F8_E4M3', [o, i / 16]],
      'q.weight_global_scale': ['F32', [1]],
      'q.input_global_scale': ['F32', [1]],
      'q.bias': ['BF16', [o]],
    },
    logical: o * i + o,
  },
  'NVFP4 experts in one tensor, packed in the middle': {
    entries: {
      'experts.gate_up_proj': ['U8', [4, i / 2, o]],
      'experts.gate_up_proj_weight_scale': ['F8_E4M3', [4, i / 16, o]],
      'experts.gate_up_proj_weight_scale_2': ['F32', [4]],
      'experts.gate_up_proj_input_scale': ['F32', [4]],
    },
    logical: 4 * o * i,
  },
  'MXFP4 of Quark': {
    entries: { 'q.weight': ['U8', [o, i / 2]], 'q.weight_scale': ['U8', [o, i / 32]] },
    logical: o * i,
  },
  'MXFP4 of compressed-tensors': {
    entries: { 'q.weight_packed': ['U8', [o, i / 2]], 'q.weight_scale': ['U8', [o, i / 32]] },
    logical: o * i,
  },
  'INT4-AWQ of modelopt, packed along the rows': {
    entries: {
      'q.weight': ['U8', [o / 2, i]],
      'q.weight_scale': ['F32', [o, i / 32]],
      'q.pre_quant_scale': ['F16', [i]],
    },
    logical: o * i,
  },
  'DeepSeek-V4 experts': {
    entries: {
      'experts.0.w1.weight': ['I8', [o, i / 2]],
      'experts.0.w1.scale': ['F8_E8M0', [o, i / 32]],
      'attn.wq.weight': ['F8_E4M3', [256, 128]],
      'attn.wq.scale': ['F8_E8M0', [2, 1]],
    },
    logical: o * i + 256 * 128,
  },
  'stacked FP4 experts of transformers': {
    entries: {
      'experts.gate_up_proj': ['I8', [4, o, i / 2]],
      'experts.gate_up_proj_scale_inv': ['F8_E8M0', [4, o, i / 32]],
    },
    logical: 4 * o * i,
  },
  'gpt-oss of OpenAI': {
    entries: {
      'block.0.mlp.mlp1_weight.blocks': ['U8', [4, o, 5, 16]],
      'block.0.mlp.mlp1_weight.scales': ['U8', [4, o, 5]],
      'block.0.mlp.mlp1_bias': ['BF16', [4, o]],
    },
    logical: 4 * o * 160 + 4 * o,
  },
  'FP-Quant': {
    entries: {
      'q.qweight': ['U8', [o, i / 2]],
      'q.scales': ['U8', [o, i / 32]],
      'q.act_global_scale': ['F32', [1]],
      'q.forward_hadamard_matrix': ['BF16', [32, 32]],
      'q.backward_hadamard_matrix': ['BF16', [32, 32]],
    },
    logical: o * i,
  },
  'FP8 of ComfyUI, scale_weight': {
    entries: {
      scaled_fp8: ['F8_E4M3', [2]],
      'q.weight': ['F8_E4M3', [o, i]],
      'q.scale_weight': ['F32', []],
      'q.scale_input': ['F32', []],
    },
    logical: o * i,
  },
  'FP8 of ComfyUI, comfy_quant': {
    entries: {
      'q.weight': ['F8_E4M3', [o, i]],
      'q.weight_scale': ['F32', []],
      'q.comfy_quant': ['U8', [27]],
    },
    logical: o * i,
  },
  'FP8 of Mistral': {
    entries: {
      'q.weight': ['F8_E4M3', [o, i]],
      'q.qscale_weight': ['F32', []],
      'q.qscale_act': ['F32', []],
    },
    logical: o * i,
  },
  'FP8 of fbgemm, experts': {
    entries: {
      'experts.gate_up_proj': ['F8_E4M3', [4, i, o]],
      'experts.gate_up_proj_scale': ['F32', [4, 1, o]],
      'q.weight': ['F8_E4M3', [o, i]],
      'q.weight_scale': ['F32', [o, 1]],
      'q.input_scale_ub': ['F32', [1]],
    },
    logical: 5 * o * i,
  },
  'FP8 by blocks, with an activation scale': {
    entries: {
      'q.weight': ['F8_E4M3', [256, 256]],
      'q.weight_scale_inv': ['F32', [2, 2]],
      'q.activation_scale': ['F32', []],
    },
    logical: 256 * 256,
  },
  MXFP8: {
    entries: { 'q.weight': ['F8_E4M3', [o, i]], 'q.weight_scale': ['U8', [o, i / 32]] },
    logical: o * i,
  },
  'INT8 of compressed-tensors': {
    entries: { 'q.weight': ['I8', [o, i]], 'q.weight_scale': ['BF16', [o, 1]] },
    logical: o * i,
  },
  EETQ: {
    entries: { 'q.weight': ['I8', [i, o]], 'q.weight_scales': ['F16', [o]] },
    logical: o * i,
  },
  BitNet: {
    entries: { 'q.weight': ['U8', [o / 4, i]], 'q.weight_scale': ['BF16', [1]] },
    logical: o * i,
  },
  'GPTQ, 4 bits, without g_idx': { entries: gptq(4, false), logical: o * i },
  'GPTQ, 3 bits, inputs that fill no whole number': { entries: gptq(3, true, 100), logical: o * 100 },
  'GPTQ, 8 bits': { entries: gptq(8, true), logical: o * i },
  'GPTQ, 5 bits': { entries: gptq(5, true), logical: o * i },
  'AWQ gemm': {
    entries: {
      'q.qweight': ['I32', [i, o / 8]],
      'q.qzeros': ['I32', [i / 32, o / 8]],
      'q.scales': ['F16', [i / 32, o]],
    },
    logical: o * i,
  },
  'AWQ gemv': {
    entries: {
      'q.qweight': ['I32', [o, i / 8]],
      'q.qzeros': ['I32', [o, 1]],
      'q.scales': ['F16', [o, 8]],
    },
    logical: o * i,
  },
  'AWQ gemv_fast': {
    entries: {
      'q.qweight': ['I16', [o / 4, i]],
      'q.qzeros': ['F16', [8, o]],
      'q.scales': ['F16', [8, o]],
    },
    logical: o * i,
  },
  'AWQ Marlin': {
    entries: { 'q.qweight': ['I32', [i / 16, o * 2]], 'q.scales': ['F16', [i / 32, o]] },
    logical: o * i,
  },
  QQQ: {
    entries: {
      'q.B': ['I32', [i / 16, o * 2]],
      'q.s_channel': ['F32', [1, o]],
      'q.s_group': ['F16', [i / 32, o]],
    },
    logical: o * i,
  },
  'compressed-tensors, 3 bits packed densely': { entries: packed(3, 24, 256), logical: o * 256 },
  'compressed-tensors, 3 bits packed by number': { entries: packed(3, 26, 256), logical: o * 256 },
  'compressed-tensors, 8 bits': { entries: packed(8, 64, 256), logical: o * 256 },
  'compressed-tensors, symmetric, settled by a norm': {
    entries: {
      ...norm,
      'q.weight_packed': ['I32', [o, 64]],
      'q.weight_scale': ['BF16', [o, 8]],
      'q.weight_shape': ['I64', [2]],
    },
    logical: o * 256 + 256,
  },
  'compressed-tensors, inputs from weight_g_idx': {
    entries: {
      'q.weight_packed': ['I32', [o, 16]],
      'q.weight_scale': ['BF16', [o, 8]],
      'q.weight_g_idx': ['I32', [256]],
    },
    logical: o * 256,
  },
  ...Object.fromEntries(
    [2, 3, 4, 5, 6, 8].flatMap((bits) =>
      [32, 64, 128].map((group): [string, PackedLayer] => [
        `MLX, ${bits} bits in groups of ${group}, settled by a norm`,
        { entries: { ...norm, ...mlx(bits, group) }, logical: o * 256 + 256 },
      ]),
    ),
  ),
  'MLX mxfp4': {
    entries: { 'q.weight': ['U32', [o, 32]], 'q.scales': ['U8', [o, 8]] },
    logical: o * 256,
  },
  'MLX nvfp4': {
    entries: { 'q.weight': ['U32', [o, 32]], 'q.scales': ['U8', [o, 16]] },
    logical: o * 256,
  },
  'MLX, an entry for the module without a mode': {
    entries: { 'q.weight': ['U32', [o, 64]], 'q.scales': ['BF16', [o, 4]], 'q.biases': ['BF16', [o, 4]] },
    config: { quantization: { group_size: 32, bits: 4, mode: 'mxfp4', q: { group_size: 64, bits: 8 } } },
    logical: o * 256,
  },
  'HQQ, 4 bits': {
    entries: {
      'q.W_q': ['U8', [(o * i) / 64 / 2, 64]],
      'q.scale': ['F16', [(o * i) / 64, 1]],
      'q.zero': ['F16', [(o * i) / 64, 1]],
      'q.shape': ['I64', [2]],
    },
    logical: o * i,
  },
  'HQQ, 3 bits': {
    entries: {
      'q.W_q': ['I32', [24, 64]],
      'q.scale': ['F16', [240, 1]],
      'q.zero': ['F16', [240, 1]],
    },
    logical: 240 * 64,
  },
  'compressed-tensors, MXFP6': {
    entries: { 'q.weight_packed': ['U8', [o, (i * 3) / 4]], 'q.weight_scale': ['U8', [o, i / 32]] },
    logical: o * i,
  },
  'quanto, 8 bits': {
    entries: {
      'q.weight._data': ['I8', [o, i]],
      'q.weight._scale': ['F32', [o, 1]],
      'q.input_scale': ['F32', []],
      'q.output_scale': ['F32', []],
    },
    logical: o * i,
  },
  'quanto, 4 bits': {
    entries: {
      'q.weight._data._data': ['U8', [60, 128]],
      'q.weight._scale': ['F32', [120, 1]],
      'q.weight._shift': ['F32', [120, 1]],
    },
    logical: o * i,
  },
  HIGGS: {
    entries: {
      'q.weight': ['I16', [(o * 4) / 16, i]],
      'q.scales': ['F16', [o, 1]],
      'q.tables': ['F16', [16]],
      'q.tables2': ['F32', [16, 16, 2]],
    },
    logical: o * i,
  },
  'torchao Int4Tensor': {
    entries: { 'q._weight_qdata': ['I8', [o, i / 2]], 'q._weight_scale': ['BF16', [i / 32, o]] },
    metadata: { 'q.weight': '{"_type":"Int4Tensor","_data":{"block_size":[1,32]}}' },
    logical: o * i,
  },
  'torchao Int4PlainInt32Tensor': {
    entries: { 'q._weight_qdata': ['I32', [o, i / 8]], 'q._weight_scale': ['BF16', [i / 32, o]] },
    metadata: { 'q.weight': '{"_type":"Int4PlainInt32Tensor","_data":{}}' },
    logical: o * i,
  },
  'torchao NVFP4Tensor': {
    entries: {
      'q._weight_qdata': ['U8', [o, i / 2]],
      'q._weight_scale': ['F8_E4M3', [128, 12]],
      'q._weight_per_tensor_scale': ['F32', []],
    },
    metadata: { 'q.weight': '{"_type":"NVFP4Tensor","_data":{}}' },
    logical: o * i,
  },
  'Quark, 4 bits by group, transposed': {
    entries: {
      'q.weight': ['I32', [i, o / 8]],
      'q.weight_scale': ['F32', [i / 32, o]],
      'q.weight_zero_point': ['I32', [i / 32, o / 8]],
    },
    logical: o * i,
  },
  'SVDQuant of Nunchaku': {
    entries: {
      'q.qweight': ['I8', [o, i / 2]],
      'q.wscales': ['BF16', [i / 32, o]],
      'q.lora_down': ['BF16', [i, 32]],
      'q.lora_up': ['BF16', [o, 32]],
      'q.smooth': ['BF16', [i]],
      'q.smooth_orig': ['BF16', [i]],
      'q.bias': ['BF16', [o]],
    },
    logical: o * i + o,
  },
  'AWQ of Nunchaku': {
    entries: {
      'q.qweight': ['I32', [o / 4, i / 2]],
      'q.wscales': ['BF16', [3, o]],
      'q.wzeros': ['BF16', [3, o]],
    },
    logical: o * i,
  },
  AQLM: {
    entries: {
      'q.codes': ['I16', [o, i / 8, 2]],
      'q.codebooks': ['F16', [2, 65536, 1, 8]],
      'q.scales': ['F16', [o, 1, 1, 1]],
    },
    logical: o * i,
  },
  'QuIP#': {
    entries: {
      'q.Qidxs': ['I64', [o / 4, i / 8]],
      'q.SU': ['F16', [i]],
      'q.SV': ['F16', [o]],
      'q.Wscale': ['F32', []],
    },
    logical: o * i,
  },
  EXL3: {
    entries: {
      'q.trellis': ['I16', [i / 16, o / 16, 64]],
      'q.suh': ['F16', [i]],
      'q.svh': ['F16', [o]],
    },
    logical: o * i,
  },
  EXL2: {
    entries: {
      'q.q_weight': ['I32', [20, o]],
      'q.q_scale': ['I32', [5, o / 8]],
      'q.q_scale_max': ['F16', [5]],
      'q.q_groups': ['I16', [10]],
      'q.q_invperm': ['I32', [i]],
    },
    logical: o * i,
  },
}
