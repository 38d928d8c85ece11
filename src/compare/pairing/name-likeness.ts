/** Words libraries use for one thing. The first is the one compared with. */
const synonyms: readonly (readonly string[])[] = [
  ['q', 'query', 'queries', 'wq'],
  ['k', 'key', 'keys', 'wk'],
  ['v', 'value', 'values', 'wv'],
  ['o', 'out', 'output', 'wo'],
  ['attn', 'attention', 'att', 'self', 'mha'],
  ['cross', 'encdec', 'crossattention'],
  ['norm', 'layernorm', 'ln', 'rmsnorm', 'layer_norm'],
  ['mlp', 'ffn', 'ff', 'feedforward', 'intermediate'],
  ['up', 'fc1', 'w3', 'lin1', 'linear1'],
  ['down', 'fc2', 'w2', 'lin2', 'linear2'],
  ['gate', 'w1'],
  ['embed', 'embedding', 'embeddings', 'emb', 'wte', 'tok'],
  ['position', 'pos', 'positional', 'positions', 'wpe'],
  ['layer', 'layers', 'block', 'blocks', 'h', 'stage', 'stages'],
  ['head', 'classifier', 'fc', 'logits', 'score'],
  ['weight', 'gamma', 'w', 'kernel', 'scale', 'g'],
  ['bias', 'beta', 'b', 'shift', 'offset'],
  ['input', 'in', 'pre', 'first'],
  ['post', 'final', 'last'],
  ['downsample', 'shortcut', 'skip', 'residual'],
  ['conv', 'convolution'],
]

/** Whole segments whose words would mislead. */
const segments: readonly (readonly string[])[] = [
  [
    'norm of attention',
    'attention_norm',
    'attn_norm',
    'input_layernorm',
    'layernorm_before',
    'ln_1',
    'ln1',
    'norm1',
    'self_attn_layer_norm',
    'attn_ln',
  ],
  [
    'norm of mlp',
    'ffn_norm',
    'mlp_norm',
    'post_attention_layernorm',
    'layernorm_after',
    'ln_2',
    'ln2',
    'norm2',
    'final_layer_norm',
    'mlp_ln',
  ],
  ['norm of cross attention', 'encoder_attn_layer_norm', 'cross_attn_ln'],
  ['cls', 'cls_token', 'class_token', 'class_embedding'],
  [
    'pos_embed',
    'position_embeddings',
    'positional_embedding',
    'pos_embedding',
    'position_embedding',
    'embed_positions',
    'pos_embed',
  ],
  ['head', 'lm_head'],
  ['mask token', 'mask_emb', 'masked_spec_embed', 'mask_token'],
  ['o', 'proj'],
]
const canonicalSegment = new Map(
  segments.flatMap((all) => all.map((each) => [each, all[0] as string] as const)),
)

const canonical = new Map(
  synonyms.flatMap((words) => words.map((word) => [word, words[0] as string] as const)),
)

/** Words that are in most names and tell nothing apart. */
const fillers = new Set(['proj', 'c', 'to', 'linear', 'dense', 'model', 'module', 'net'])

/** The words of a name: `self_attn.qProj` is attn and q. Numbers stay. */
export function nameWords(name: string): ReadonlySet<string> {
  const words = new Set<string>()
  for (const segment of name.split('.')) {
    const known = canonicalSegment.get(segment)
    if (known !== undefined) words.add(known)
    else for (const word of segmentWords(segment)) words.add(word)
  }
  for (const filler of fillers) words.delete(filler)
  return words
}

function* segmentWords(segment: string): Generator<string> {
  for (const part of segment.split(/[_-]|(?<=[a-z0-9])(?=[A-Z])/)) {
    const whole = part.toLowerCase()
    const known = canonical.get(whole)
    if (known !== undefined) yield known
    else for (const piece of whole.match(/[a-z]+|[0-9]+/g) ?? []) yield canonical.get(piece) ?? piece
  }
}

/** The words as they stand, also of segments that mean something as a whole: of other libraries, those mean the same. */
export function plainWords(name: string): ReadonlySet<string> {
  const words = new Set(name.split('.').flatMap((segment) => [...segmentWords(segment)]))
  for (const filler of fillers) words.delete(filler)
  return words
}

/** How much two sets of words have in common: 0 for nothing, 1 for everything. */
export function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0
  for (const word of a) if (b.has(word)) common++
  const all = a.size + b.size - common
  return all === 0 ? 0 : common / all
}
