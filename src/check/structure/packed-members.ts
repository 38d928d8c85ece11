import type { DType } from '../../model/tensors/dtype.ts'

/**
 * Leaves that one layout writes together. Where `has` is there, one of each of `needs` is there too: libraries register
 * them in one place, and read none without the others.
 */
export interface Together {
  /** Which leaves tell the layout. All of them have to be there. */
  readonly has: readonly string[]
  /** For leaves whose words others use too: the types that the first of `has` may have. */
  readonly types?: readonly (DType | null)[]
  /** The words are others' too: the row says something only where the state dict is packed. */
  readonly isPlain?: true
  /** Of each, one is needed; the first is the name to say. */
  readonly needs: readonly (readonly string[])[]
}

const float: readonly DType[] = ['F32', 'F16', 'BF16']
const code: readonly DType[] = ['I32', 'I16', 'I8', 'U8', 'U32']
const block: readonly DType[] = ['U8', 'F8_E8M0', 'F8_E4M3']
/** Whatever a library calls the tensor that scales are for. */
const weight = ['weight', 'weight_packed', 'qweight'] as const
const packedWeight = ['weight_packed', 'weight', 'qweight'] as const

/** From the sources of the libraries named, as `test/evidence/quantised-layouts.test.ts` has their tensors. */
const together: readonly Together[] = [
  // compressed-tensors
  { has: ['weight_packed'], needs: [['weight_scale']] },
  { isPlain: true, has: ['weight_shape', 'weight_scale'], needs: [['weight_packed']] },
  { has: ['weight_zero_point'], types: [...code, 'I64'], needs: [packedWeight, ['weight_scale']] },
  { isPlain: true, has: ['weight_g_idx'], needs: [packedWeight, ['weight_scale']] },
  { has: ['weight_global_scale'], needs: [['weight_packed', 'weight'], ['weight_scale']] },
  { has: ['input_global_scale'], needs: [['weight_packed', 'weight']] },
  // modelopt, ComfyUI, Quark
  { has: ['weight_scale_2'], needs: [['weight'], ['weight_scale']] },
  { isPlain: true, has: ['pre_quant_scale'], needs: [weight] },
  { has: ['weight_scale'], types: block, needs: [weight] },
  { isPlain: true, has: ['input_scale', 'weight_scale'], needs: [weight] },
  { has: ['comfy_quant'], types: ['U8'], needs: [['weight']] },
  { isPlain: true, has: ['scale_weight'], types: float, needs: [['weight']] },
  { isPlain: true, has: ['scale_input'], types: float, needs: [['weight']] },
  // DeepSeek, Mistral, fbgemm, EETQ, LLM.int8()
  { has: ['weight_scale_inv'], needs: [['weight']] },
  { isPlain: true, has: ['activation_scale'], needs: [['weight'], ['weight_scale_inv', 'weight_scale']] },
  { isPlain: true, has: ['qscale_weight'], types: float, needs: [['weight']] },
  { has: ['input_scale_ub'], needs: [['weight'], ['weight_scale']] },
  { isPlain: true, has: ['weight_scales'], types: float, needs: [['weight', 'qweight']] },
  { has: ['SCB'], needs: [['weight']] },
  { has: ['scale'], types: ['F8_E8M0'], needs: [['weight']] },
  // GPTQ, AWQ, Marlin, QQQ, FP-Quant
  { has: ['qzeros'], needs: [['qweight'], ['scales']] },
  { has: ['g_idx', 'scales'], needs: [['qweight']] },
  { has: ['qweight', 'scales', 'g_idx'], types: ['I32'], needs: [['qzeros']] },
  { has: ['qweight'], types: ['U8'], needs: [['scales', 'wscales', 'weight_scales']] },
  { has: ['scales', 'act_global_scale'], needs: [['qweight', 'weight']] },
  { has: ['forward_hadamard_matrix'], needs: [['qweight', 'weight', 'dqweight']] },
  { has: ['forward_hadamard_matrix'], needs: [['backward_hadamard_matrix']] },
  { has: ['backward_hadamard_matrix'], needs: [['forward_hadamard_matrix']] },
  { isPlain: true, has: ['s_channel'], needs: [['B']] },
  { isPlain: true, has: ['s_group'], needs: [['B']] },
  // Nunchaku
  { isPlain: true, has: ['wscales'], needs: [['qweight']] },
  { isPlain: true, has: ['wzeros'], needs: [['qweight'], ['wscales']] },
  { has: ['qweight', 'wscales'], types: ['I32'], needs: [['wzeros']] },
  { has: ['qweight', 'lora_down', 'lora_up'], types: ['I8'], needs: [['wscales', 'wtscale']] },
  { isPlain: true, has: ['smooth_orig'], needs: [['qweight']] },
  // OpenAI's gpt-oss, where the weight is a module of two tensors
  { has: ['blocks'], types: ['U8'], needs: [['scales']] },
  { has: ['scales'], types: ['U8'], needs: [['blocks', 'weight', 'qweight']] },
  // MLX
  { isPlain: true, has: ['scales', 'biases'], types: float, needs: [['weight']] },
  // HQQ
  { has: ['W_q'], needs: [['scale', 'meta']] },
  { has: ['W_q', 'scale'], needs: [['zero']] },
  { isPlain: true, has: ['zero', 'scale'], types: float, needs: [['W_q', 'weight']] },
  // HIGGS
  { isPlain: true, has: ['tables2'], needs: [['weight'], ['scales'], ['tables']] },
  { isPlain: true, has: ['tables', 'scales'], types: float, needs: [['weight'], ['tables2']] },
  // quanto, torchao
  { isPlain: true, has: ['_scale', '_shift'], needs: [['_data']] },
  { has: ['_weight_qdata'], needs: [['_weight_scale', '_weight_scale_and_zero']] },
  { isPlain: true, has: ['_weight_scale'], needs: [['_weight_qdata']] },
  // AQLM, QuIP#, EXL2, EXL3
  { isPlain: true, has: ['codes', 'codebooks'], types: code, needs: [['scales']] },
  { isPlain: true, has: ['codebooks', 'scales'], types: float, needs: [['codes']] },
  { isPlain: true, has: ['codes', 'scales'], types: code, needs: [['codebooks']] },
  { has: ['Qidxs'], needs: [['SU'], ['SV']] },
  { isPlain: true, has: ['SU', 'SV'], needs: [['Qidxs', 'trellis']] },
  {
    has: ['trellis'],
    types: ['I16', 'U16'],
    needs: [
      ['suh', 'su', 'SU'],
      ['svh', 'sv', 'SV'],
    ],
  },
  { isPlain: true, has: ['suh', 'svh'], needs: [['trellis']] },
  { has: ['q_weight'], types: ['I32'], needs: [['q_scale'], ['q_scale_max'], ['q_groups']] },
  { isPlain: true, has: ['q_scale', 'q_scale_max'], needs: [['q_weight']] },
]

/** Leaves of the scales of weights that stand beside each other in one module: `gate_up_proj_scale`. */
const ofStem: readonly (readonly [ending: RegExp, types: readonly (DType | null)[] | null])[] = [
  [/^(.+)_weight_scale(?:_2)?$/, null],
  [/^(.+)_scale_inv$/, null],
  [/^(.+)_scales$/, ['U8', 'F8_E8M0']],
  [/^((?:gate_up|gate|up|down)_proj|w[123])_(?:input_)?scale$/, null],
]
const weightOfStem = ['', '_blocks', '_weight', '_packed', '_weight_packed', '_qweight']

/**
 * What a module lacks of what its tensors need.
 *
 * @param has whether a tensor or a module of that name is in the module
 * @param isPacked whether something else tells that the state dict holds packed weights
 * @yields the tensor that needs it, and the leaf
 */
export function* lacking(
  own: ReadonlyMap<string, DType | null>,
  has: (leaf: string) => boolean,
  isPacked: boolean,
): Iterable<readonly [of: string, leaf: string]> {
  const told = new Set<string>()
  for (const row of together) {
    const [first] = row.has as readonly [string]
    if (row.isPlain === true && !isPacked) continue
    if (!row.has.every((leaf) => own.has(leaf))) continue
    if (row.types !== undefined && !row.types.includes(own.get(first) as DType | null)) continue
    for (const names of row.needs) {
      const [leaf] = names as readonly [string]
      if (names.some(has) || told.has(leaf)) continue
      told.add(leaf)
      yield [first, leaf]
    }
  }
  if (isPacked)
    for (const [leaf, dtype] of own)
      for (const [ending, types] of ofStem) {
        const stem = ending.exec(leaf)?.[1]
        if (stem === undefined || (types !== null && !types.includes(dtype)) || told.has(stem)) continue
        if (weightOfStem.some((rest) => has(stem + rest))) continue
        told.add(stem)
        yield [leaf, stem]
      }
}

/** Whether any row could say something of a state dict that has this segment among its names. */
export function mayLack(segment: string): boolean {
  return telling.has(segment) || ofStem.some(([ending]) => ending.test(segment))
}

const telling = new Set(together.map(({ has }) => has[0] as string))
