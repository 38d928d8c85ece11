import { dtypeNames } from '../../model/tensors/tensor-table.ts'
import type { Subject } from '../source.ts'
import { isFloat8 } from './packed.ts'
import { settingsOf } from './settings.ts'

/** Names that only quantised layouts give to tensors. */
const markerNames = new Set([
  'qweight',
  'qzeros',
  'g_idx',
  'SCB',
  'weight_packed',
  'weight_zero_point',
  'weight_scale',
  'weight_scales',
  'weight_scale_2',
  'weight_scale_inv',
  'scale_weight',
  'qscale_weight',
  'comfy_quant',
  'scaled_fp8',
  'W_q',
  'quant_map',
  'nested_quant_map',
  'bitsandbytes__nf4',
  'bitsandbytes__fp4',
  '_packed_params',
  'tables2',
  'qscales',
  'wscales',
  's_channel',
  'trellis',
  'q_weight',
  'Qidxs',
  'codebooks',
  'dense_weights',
  'embedding_quantized',
])
const markerEndings = ['_blocks', '_qdata', '_packed', '_zero_point', '_scale_inv', '_weight_scale']
/** Types of a `weight` that is packed, or of eight bits. */
const packedTypes = new Set(['U8', 'I8', 'U32', 'I32', 'I16', 'F4'])
/** Types that mark by themselves, whatever the tensor is called. */
const markerTypes = new Set(['F8_E8M0', 'F4'])

const found = new WeakMap<Subject, string | null>()

/** What in the checkpoint says that it is quantised: a name, a type, a config key; null when nothing does. */
export function quantisationMarker(subject: Subject): string | null {
  let marker = found.get(subject)
  if (marker === undefined) {
    marker = findMarker(subject)
    found.set(subject, marker)
  }
  return marker
}

function findMarker(subject: Subject): string | null {
  if (settingsOf(subject).isThere) return 'quantization_config'
  for (const key of subject.checkpoint.metadata.keys()) {
    if (key.startsWith('gptq_') || key.startsWith('auto_gptq')) return key
  }
  const { table, tree } = subject
  const marks = Uint8Array.from(tree.segments.texts, markOf)
  const mayMark = Uint8Array.from(dtypeNames, (name) =>
    packedTypes.has(name) || markerTypes.has(name) ? 1 : 0,
  )
  const { dtypes } = table.columns
  for (let index = 0; index < table.length; index++) {
    const mark = marks[tree.leaves[index] as number]
    // Nearly all tensors, of which there may be a million, end here.
    if (mark !== withMore && mayMark[dtypes[index] as number] !== 1) continue
    const dtype = table.dtype(index)
    if (dtype !== null && markerTypes.has(dtype)) return dtype
    if (mark === no) continue
    const leaf = tree.leafOf(index)
    if (markerNames.has(leaf)) return leaf
    if (table.shape(index).length > 1 && markerEndings.some((ending) => leaf.endsWith(ending))) return leaf
    if (leaf === 'weight' && dtype !== null && packedTypes.has(dtype)) return `${dtype} weight`
    if (leaf === 'B' && dtype === 'I32') return 'B'
    if ((leaf === 'blocks' || leaf === '_data') && dtype === 'U8') return leaf
    if (leaf === '_data' && (dtype === 'I8' || isFloat8(dtype))) return leaf
  }
  return null
}

const no = 0
const withPackedType = 1
const withMore = 2

/** Whether a last segment may be a mark: with a packed type alone, or with other facts too. */
function markOf(leaf: string): number {
  if (leaf === 'weight') return withPackedType
  if (markerNames.has(leaf) || ['B', 'blocks', '_data'].includes(leaf)) return withMore
  return markerEndings.some((ending) => leaf.endsWith(ending)) ? withMore : no
}
