import { inspectionOf } from '../../model/inspection.ts'
import type { StateDictReport, TensorReport } from '../../model/report.ts'

/** What of an adapter a tensor is, by the words that its library gives it. */
export type AdapterSlot =
  | 'down'
  | 'up'
  | 'mid'
  | 'up bias'
  | 'embedding down'
  | 'embedding up'
  | 'magnitude'
  | 'scale'
  | 'alpha'
  | 'other'
  | `hada ${string}`
  | `lokr ${string}`
  | 'oft'
  | 'vera out'
  | 'vera rank'
  | 'tokens'

interface Word {
  readonly slot: AdapterSlot
  readonly method: string
}

const word = (slot: AdapterSlot, method: string): Word => ({ slot, method })
const lora = (slot: AdapterSlot) => word(slot, 'LoRA')

/**
 * The segments that stand behind the path of the module that is adapted. PEFT: peft/tuners, `adapter_layer_names`. kohya's
 * sd-scripts and LyCORIS: lycoris/modules. diffusers: `StateDictType` of its utils/state_dict_utils.py.
 */
const words = new Map<string, Word>([
  ['lora_A', lora('down')],
  ['lora_B', lora('up')],
  ['lora_down', lora('down')],
  ['lora_up', lora('up')],
  ['lora_mid', lora('mid')],
  ['lora_embedding_A', lora('embedding down')],
  ['lora_embedding_B', lora('embedding up')],
  ['lora_magnitude_vector', word('magnitude', 'DoRA')],
  ['dora_scale', word('magnitude', 'DoRA')],
  ['ia3_l', word('scale', 'IA3')],
  ['oft_R', word('oft', 'OFT')],
  ['vera_lambda_b', word('vera out', 'VeRA')],
  ['vera_lambda_d', word('vera rank', 'VeRA')],
  ['token_adapter', word('tokens', 'trainable tokens')],
  ...['w1_a', 'w1_b', 'w2_a', 'w2_b', 't1', 't2'].map((factor): [string, Word] => [
    `hada_${factor}`,
    word(`hada ${factor}`, 'LoHa'),
  ]),
  ...['w1', 'w1_a', 'w1_b', 'w2', 'w2_a', 'w2_b', 't2'].map((factor): [string, Word] => [
    `lokr_${factor}`,
    word(`lokr ${factor}`, 'LoKr'),
  ]),
  ...(
    [
      ['boft_R', 'BOFT'],
      ['boft_s', 'BOFT'],
      ['oft_blocks', 'OFT'],
      ['oft_diag', 'OFT'],
      ['hra_u', 'HRA'],
      ['randlora_lambda', 'RandLoRA'],
      ['randlora_gamma', 'RandLoRA'],
      ['fourierft_spectrum', 'FourierFT'],
      ['vblora_logits_A', 'VB-LoRA'],
      ['vblora_logits_B', 'VB-LoRA'],
      ['shira_weight', 'SHiRA'],
      ['bone_block', 'Bone'],
      ['miss_block', 'MiSS'],
      ['lora_E', 'AdaLoRA'],
    ] as const
  ).map(([segment, method]): [string, Word] => [segment, word('other', method)]),
])

/** Projections all modules share, kept at the root: they are of no module. */
const shared = new Set(['vera_A', 'vera_B', 'randlora_A', 'randlora_B', 'vblora_vector_bank'])

/** What an adapter has for one module of its base. */
export interface AdaptedModule {
  /** As the adapter calls it, without the words of its library: `base_model.model.layers.0.q_proj`, `lora_unet_mid_block_…`. */
  readonly path: string
  readonly method: string
  readonly slots: ReadonlyMap<AdapterSlot, TensorReport>
}

export interface AdapterContents {
  readonly modules: readonly AdaptedModule[]
  /** Tensors that take the place of tensors of the base, or come to it: `modules_to_save`, trained biases. */
  readonly whole: readonly { readonly path: string; readonly tensor: TensorReport }[]
  readonly shared: number
}

/** What a state dict has as an adapter; null where most of it is no adapter's. */
export function adapterContents(stateDict: Pick<StateDictReport, 'tensors'>): AdapterContents | null {
  // Names without such a segment have no part of an adapter.
  if (!inspectionOf(stateDict).hasSegment(isTelling)) return null
  const { tensors } = stateDict
  const modules = new Map<string, { method: string; slots: Map<AdapterSlot, TensorReport> }>()
  const rest: TensorReport[] = []
  const alphas: { path: string; tensor: TensorReport }[] = []
  let ofAdapter = 0
  let sharedTensors = 0
  for (const tensor of tensors) {
    const segments = tensor.name.split('.')
    if (segments.some((segment) => shared.has(segment))) {
      sharedTensors++
      ofAdapter++
      continue
    }
    if (segments.at(-1) === 'alpha' && tensor.elements === 1) {
      alphas.push({ path: segments.slice(0, -1).join('.'), tensor })
      continue
    }
    const part = partOf(segments)
    if (part === null) rest.push(tensor)
    else {
      ofAdapter++
      const known = modules.get(part.path) ?? { method: part.method, slots: new Map() }
      if (part.method === 'DoRA') known.method = 'DoRA'
      known.slots.set(part.slot, tensor)
      modules.set(part.path, known)
    }
  }
  for (const { path, tensor } of alphas) {
    const of = modules.get(path)
    if (of === undefined) rest.push(tensor)
    else {
      ofAdapter++
      of.slots.set('alpha', tensor)
    }
  }
  if (ofAdapter === 0 || modules.size === 0) return null
  const whole = rest.map((tensor) => ({ path: wholePath(tensor.name), tensor }))
  // A model with an adapter left on it is a model.
  const isSaved = rest.every(({ name }) => name.includes('modules_to_save') || name.startsWith('base_model.'))
  if (2 * ofAdapter < tensors.length && !isSaved) return null
  return {
    modules: [...modules].map(([path, module]) => ({ path, ...module })),
    whole,
    shared: sharedTensors,
  }
}

/** Whether a name with this segment may be of an adapter: what `partOf` and the shared projections look for. */
const isTelling = (segment: string): boolean =>
  words.has(segment) ||
  shared.has(segment) ||
  segment === 'lora' ||
  segment === 'lora_linear_layer' ||
  segment.endsWith('_lora')

function partOf(segments: readonly string[]): (Word & { readonly path: string }) | null {
  for (let at = segments.length - 1; at > 0; at--) {
    const segment = segments[at] as string
    const found = words.get(segment)
    if (found !== undefined) {
      const isBias = segments.at(-1) === 'bias' && found.slot === 'up'
      return { ...found, slot: isBias ? 'up bias' : found.slot, path: segments.slice(0, at).join('.') }
    }
    // diffusers: `to_q.lora.down.weight`, `to_q.lora_linear_layer.up.weight`, `attn1.processor.to_out_lora.down.weight`
    const half = segments[at + 1]
    if (half !== 'down' && half !== 'up') continue
    if (segment === 'lora' || segment === 'lora_linear_layer')
      return { ...lora(half), path: segments.slice(0, at).join('.') }
    if (segment.endsWith('_lora') && segments[at - 1] === 'processor') {
      const name = segment.slice(0, -'_lora'.length)
      return {
        ...lora(half),
        path: [...segments.slice(0, at - 1), name === 'to_out' ? 'to_out.0' : name].join('.'),
      }
    }
  }
  return null
}

/** `base_model.model.score.modules_to_save.default.weight`: the name that the base has for it. */
function wholePath(name: string): string {
  const segments = name.split('.')
  const at = segments.indexOf('modules_to_save')
  if (at < 0) return name
  const after = segments.slice(at + 1)
  return [...segments.slice(0, at), ...(after.length > 1 ? after.slice(-1) : after)].join('.')
}
