import type { Declaration, Plain } from '../../model/checkpoint.ts'
import { isKnownWeight } from './originals.ts'
import type { TensorInfo } from './tensor-infos.ts'

/** Tables that converters compute from the configuration (gguf-py, `MODEL_TENSOR.ROPE_FREQS` and its kin). */
const tables = /(^|\.)(rope_freqs|rope_factors_long|rope_factors_short|attn_rot_embd)(\.weight)?$/

/** `e_score_correction_bias` of DeepSeek-V3 and GLM 4, a buffer in transformers. */
const routerBias = /^blk\.[0-9]+\.exp_probs_b(\.bias)?$/

/** What ggml's names tell of tensors. Nothing else in a GGUF file says what is a parameter. */
export function derivedTensors(infos: readonly TensorInfo[]): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>()
  for (const { name } of infos) {
    if (tables.test(name))
      found.set(name, { kind: 'buffer', level: 'recognised', by: "ggml's name for a table of rotary angles" })
    else if (routerBias.test(name))
      found.set(name, {
        kind: 'buffer',
        level: 'recognised',
        by: "ggml's name for the load balancing bias of a router, a buffer in transformers",
      })
    else if (isKnownWeight(name))
      found.set(name, { kind: 'parameter', level: 'recognised', by: "ggml's name for a weight" })
  }
  return found
}

/** Architectures whose models have no output layer at all. */
const encoders = /bert|t5encoder|clip|vit|whisper|mmproj|embedding|wavtokenizer/

/**
 * A decoder without `output.weight` uses its embedding for it (llama.cpp, `llama_model::load_tensors`). Of a
 * split file the other parts may have it.
 */
export function tiedOutput(
  values: ReadonlyMap<string, Plain>,
  infos: readonly TensorInfo[],
): ReadonlyMap<string, string> {
  const parts = values.get('split.count')
  const architecture = values.get('general.architecture')
  const names = new Set(infos.map(({ name }) => name))
  const isWhole = typeof parts !== 'number' || parts <= 1
  const isModel = (values.get('general.type') ?? 'model') === 'model'
  const isDecoder = typeof architecture === 'string' && !encoders.test(architecture)
  // Without its last norm it is no whole language model.
  const hasHead = names.has('output_norm.weight') && names.has('blk.0.attn_norm.weight')
  if (!isWhole || !isModel || !isDecoder || !hasHead) return new Map()
  if (!names.has('token_embd.weight') || names.has('output.weight')) return new Map()
  return new Map([['output.weight', 'token_embd.weight']])
}
