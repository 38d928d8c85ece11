import { finding } from '../findings/finding.ts'
import type { Plain } from '../model/checkpoint.ts'
import { leafName } from '../model/modules/tree.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import { integerOf } from './quantised/settings.ts'
import type { Claims, EvidenceSource, Subject } from './source.ts'

const parameter: Answer<Kind> = {
  answer: 'parameter',
  level: 'recognised',
  reason: 'a weight of an adapter layer',
  source: 'adapters',
}
const trained: Answer<Trainable> = {
  answer: 'yes',
  level: 'recognised',
  reason: 'an adapter file holds what was trained',
  source: 'adapters',
}
const alpha: Answer<Kind> = {
  answer: 'buffer',
  level: 'recognised',
  reason: 'alpha [] beside lora_down and lora_up: kohya registers it as a buffer',
  source: 'adapters',
}
const projection: Answer<Kind> = {
  answer: 'buffer',
  level: 'recognised',
  reason: 'shared random projection of VeRA or RandLoRA, kept in a BufferDict',
  source: 'adapters',
}

/** Segments PEFT gives to adapter layers (peft/tuners, `adapter_layer_names`) and LyCORIS to its own. */
const segments = new Set([
  'lora_A',
  'lora_B',
  'lora_embedding_A',
  'lora_embedding_B',
  'lora_magnitude_vector',
  'lora_E',
  'lora_down',
  'lora_up',
  'lora_mid',
  'lora',
  'ia3_l',
  'hada_w1_a',
  'hada_w1_b',
  'hada_w2_a',
  'hada_w2_b',
  'hada_t1',
  'hada_t2',
  'lokr_w1',
  'lokr_w2',
  'lokr_w1_a',
  'lokr_w1_b',
  'lokr_w2_a',
  'lokr_w2_b',
  'lokr_t2',
  'oft_R',
  'oft_s',
  'oft_blocks',
  'oft_diag',
  'boft_R',
  'boft_s',
  'hra_u',
  'vera_lambda_b',
  'vera_lambda_d',
  'randlora_lambda',
  'randlora_gamma',
  'fourierft_spectrum',
  'vblora_logits_A',
  'vblora_logits_B',
  'vblora_vector_bank',
  'shira_weight',
  'dora_scale',
  'prompt_embeddings',
  'bone_block',
  'ln_tuning_layers',
  'magnitude',
  'trainable_tokens_delta',
])
const buffers = new Set(['vera_A', 'vera_B', 'randlora_A', 'randlora_B'])

/** LoRA and its relatives: PEFT, kohya and LyCORIS, diffusers; textual inversion. */
export const adapters: EvidenceSource = {
  id: 'adapters',
  title: 'An adapter saved what was trained',
  collect(subject, claims) {
    const { tensors } = subject.stateDict
    const isPeft = subject.checkpoint.side.adapterConfig !== undefined
    const isOfAdapters = subject.tree.segments.texts.map(partOf)
    if (!isPeft && isOfAdapters.every((part) => part === null)) return
    const kinds = adapterParts(subject)
    let count = 0
    for (const kind of kinds) if (kind !== null) count++
    if (count === 0 && !isPeft) return
    // Adapters merged into a model's own state dict are not an adapter file: its other weights may be frozen.
    const isAdapterFile = isPeft || count * 2 >= tensors.length
    tensors.forEach((tensor, index) => {
      const part = kinds[index] ?? null
      if (part === 'buffer') claims.kind(index, projection)
      else if (part === 'alpha') {
        if (tensor.elements === 1) claims.kind(index, alpha)
      } else if (part === 'parameter') {
        nameProjection(subject, index, claims)
        claims.kind(index, parameter)
        if (isAdapterFile) claims.trainable(index, trained)
      } else if (isPeft && tensor.name.includes('modules_to_save') && !isStatistic(tensor.name))
        claims.trainable(index, trained)
    })
    if (isAdapterFile && count > 0) describe(subject, claims)
  },
}

const projections = new Set(['lora_A', 'lora_B', 'lora_down', 'lora_up'])

/** PEFT and kohya make both halves of a LoRA pair of `nn.Linear`, which a lone matrix does not tell. */
function nameProjection({ stateDict, tree }: Subject, index: number, claims: Claims): void {
  const own = tree.node(tree.owners[index] as number)
  const shape = stateDict.tensors.at(index)?.shape
  if (shape?.length !== 2 || own.tensors.length !== 1) return
  const node = projections.has(own.name) ? own : (own.parent ?? own)
  if (projections.has(node.name)) claims.module(own, ['Linear'], `${shape[1]}→${shape[0]}`, 'recognised')
}

type Part = 'parameter' | 'buffer' | 'alpha' | null

/** What each tensor is in an adapter, by its index. */
function adapterParts(subject: Subject): readonly Part[] {
  const { tree } = subject
  const parts = new Array<Part>(tree.owners.length)
  for (let module = 0; module < tree.size; module++) {
    if (tree.ownCount(module) === 0) continue
    // The adapter segment is one of the last three: `…lora_A.weight`, `…lora_A.default.weight`, `…dora_scale`.
    const ofModule = partOf(tree.nameOf(module)) ?? partOf(tree.nameOf(tree.parents[module] as number))
    for (const index of tree.ownOf(module)) {
      const leaf = tree.leafOf(index)
      if (leaf !== 'alpha') parts[index] = partOf(leaf) ?? ofModule
      else parts[index] = isBesideAdapter(index, subject) ? 'alpha' : null
    }
  }
  return parts
}

function partOf(segment: string): Part {
  return segments.has(segment) ? 'parameter' : buffers.has(segment) ? 'buffer' : null
}

/** Whether the module of a tensor has an adapter's children (`lora_down`) or own tensors (`hada_w1_a`). */
function isBesideAdapter(index: number, { tree }: Subject): boolean {
  const owner = tree.owners[index] as number
  if (tree.childrenOf(owner).some((child) => segments.has(tree.nameOf(child)))) return true
  return tree.ownOf(owner).some((other) => segments.has(tree.leafOf(other)))
}

function isStatistic(name: string): boolean {
  return ['running_mean', 'running_var', 'num_batches_tracked'].includes(leafName(name))
}

/** Says rank and target modules, from the configuration where there is one, from the shapes otherwise. */
function describe({ checkpoint, stateDict }: Subject, claims: Claims): void {
  const config = checkpoint.side.adapterConfig ?? null
  const ranks = new Map<number, number>()
  const targets = new Map<string, number>()
  for (const { name, shape } of stateDict.tensors) {
    const down = downProjection(name)
    if (down === null || shape.length < 2) continue
    const rank = shape[0] as number
    ranks.set(rank, (ranks.get(rank) ?? 0) + 1)
    targets.set(down, (targets.get(down) ?? 0) + 1)
  }
  const type = config?.get('peft_type')
  const named =
    typeof type === 'string' && type.length < 40
      ? type === 'LORA'
        ? 'LoRA'
        : type
      : ranks.size > 0
        ? 'LoRA'
        : 'adapter'
  const found = [...ranks.keys()].sort((a, b) => a - b)
  const stated = integerOf(config, 'r')
  const parts = [`${named} adapter`]
  if (found.length > 0) parts.push(`rank ${found.slice(0, 4).join(', ')}${found.length > 4 ? ', …' : ''}`)
  else if (stated !== null) parts.push(`rank ${stated}`)
  const alphaValue = config?.get('lora_alpha') ?? checkpoint.metadata.get('ss_network_alpha')
  if (isShort(alphaValue)) parts.push(`alpha ${alphaValue}`)
  const modules = [...targets.keys()]
  if (modules.length > 0)
    parts.push(
      `on ${modules.slice(0, 8).join(', ')}${modules.length > 8 ? ` and ${modules.length - 8} more` : ''}`,
    )
  const base = config?.get('base_model_name_or_path') ?? checkpoint.metadata.get('ss_sd_model_name')
  if (typeof base === 'string' && base !== '') parts.push(`for ${base.slice(0, 120)}`)
  claims.note(parts.join(', '))
  if (
    stated !== null &&
    found.length === 1 &&
    found[0] !== stated &&
    !hasEntries(config?.get('rank_pattern'))
  ) {
    const about = { file: 'adapter_config.json', key: 'r' }
    claims.finding(finding('lora/rank', { said: stated, rank: found[0] as number }, about))
  }
}

/** The module a LoRA down projection sits on, last segment: `q_proj`; null for other tensors. */
function downProjection(name: string): string | null {
  for (const marker of ['.lora_A.', '.lora_down.', '.lora_embedding_A', '.lora.down.']) {
    const at = name.indexOf(marker)
    if (at > 0) return shortTarget(name.slice(0, at))
  }
  return null
}

/** kohya flattens module paths with underscores: what follows the last block number is the module's own name. */
function shortTarget(path: string): string {
  const leaf = leafName(path)
  if (!leaf.startsWith('lora_')) return leaf
  let begin = 0
  const parts = leaf.split('_')
  parts.forEach((part, i) => {
    if (
      part.length > 0 &&
      part.length < 5 &&
      [...part].every((c) => c >= '0' && c <= '9') &&
      i + 1 < parts.length
    )
      begin = i + 1
  })
  return parts.slice(begin).join('_')
}

function isShort(value: Plain | undefined): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value.length > 0 && value.length < 20)
}

function hasEntries(value: Plain | undefined): boolean {
  return value instanceof Map && value.size > 0
}
