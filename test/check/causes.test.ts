import { describe, expect, test } from 'vitest'
import { checkReport } from '../../src/check/check-report.ts'
import { withCausesFirst } from '../../src/check/findings/causes.ts'
import type { CheckFinding } from '../../src/check/findings/check-finding.ts'
import { withFoldedFindings } from '../../src/check/findings/fold-findings.ts'
import { driftOf } from '../../src/lock/drift.ts'
import { lockCheckpoint } from '../../src/lock/lock-checkpoint.ts'
import type { FindingArgs } from '../../src/model/finding.ts'
import type { DType } from '../../src/model/tensors/dtype.ts'
import { checked, heldTo } from '../helpers/check.ts'
import { type Entries, plainMap, reportOf } from '../helpers/checkpoint.ts'

const matrix = (rows: number, columns: number) => ['F32', [rows, columns]] as const
const layers = (count: number, below = 'layers'): Entries =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${below}.${i}.weight`, matrix(4, 4)]))

/** Rules that are told of a checkpoint under a policy, with those that are told to follow. */
function told(entries: Entries, policy: string): string[] {
  const { findings } = checked(entries, { options: heldTo(`version: 1\n${policy}`) })
  return withCausesFirst(findings).map(
    ({ finding, after }) => finding.rule + (/ \(([^)]*)\)$/.exec(after)?.[0] ?? ''),
  )
}

describe('beside tensors nobody expects', () => {
  const policy = (count: number, counts = ''): string =>
    `tensors: [{ match: "layers.**", count: ${count} }]\nallowed: ["layers.**"]\nrules: { tensors/unexpected: error }\n${counts}`

  test('a number of others is told by itself', () => {
    // One layer too few, and one tensor that is none of them.
    expect(told({ ...layers(3), 'a.weight': matrix(4, 4), 'b.weight': matrix(4, 4) }, policy(4))).toEqual([
      'tensors/count',
      'tensors/unexpected',
      'tensors/unexpected',
    ])
    expect(told({ ...layers(5), 'a.weight': matrix(4, 4) }, policy(4))).toEqual([
      'tensors/count',
      'tensors/unexpected',
    ])
  })

  test('as many too few follow: they have other names', () => {
    expect(told({ ...layers(2), ...layers(2, 'blocks') }, policy(4))).toEqual([
      'tensors/unexpected (tensors/count)',
    ])
  })

  test('follows a sum that is too high by them, and no other', () => {
    const entries = { ...layers(4), 'a.weight': matrix(4, 4) }
    expect(told(entries, policy(4, 'counts: { tensors: 4 }'))).toEqual([
      'tensors/unexpected (counts/tensors)',
    ])
    expect(told(entries, policy(4, 'counts: { tensors: 3 }'))).toEqual([
      'tensors/unexpected',
      'counts/tensors',
    ])
    expect(told(entries, policy(4, 'counts: { tensors: 9 }'))).toEqual([
      'tensors/unexpected',
      'counts/tensors',
    ])
    expect(told(entries, policy(4, 'counts: { parameters: 64 }'))).toEqual([
      'tensors/unexpected (counts/parameters)',
    ])
    expect(told(entries, policy(4, 'counts: { parameters: 1000 }'))).toEqual([
      'tensors/unexpected',
      'counts/parameters',
    ])
  })
})

describe('of tensors that are missing', () => {
  test('what is less follows, and what is more does not', () => {
    const policy = (parameters: number) =>
      `tensors: [{ match: "layers.**" }, { match: norm.weight }, { match: head.weight }]\ncounts: { parameters: ${parameters} }`
    expect(told(layers(4), policy(100))).toEqual(['tensors/required (counts/parameters)', 'tensors/required'])
    expect(told(layers(4), policy(10))).toEqual(['tensors/required', 'tensors/required', 'counts/parameters'])
  })
})

describe('of a shape that is another', () => {
  test('the elements follow, and not how many tensors there are', () => {
    expect(
      told(
        layers(4),
        'tensors: [{ match: layers.0.weight, shape: [4, 8] }]\ncounts: { parameters: 80, tensors: 5 }',
      ),
    ).toEqual(['tensors/shape (counts/parameters)', 'counts/tensors'])
  })
})

describe('a finding that follows', () => {
  const one = (rule: string, args: FindingArgs): CheckFinding =>
    ({
      path: 'm',
      message: 'm',
      suppressed: null,
      level: 'error',
      tensor: null,
      rule,
      args,
    }) as unknown as CheckFinding
  const count = one('counts/tensors', { count: 8, min: 9, max: 9 })
  const cause = one('blocks/consistent', { difference: 'missing' })

  test('is told with its cause, and that first', () => {
    const found = withCausesFirst([count, one('tensors/shape', {}), cause])
    expect(found.map(({ finding, after }) => [finding.rule, after])).toEqual([
      ['blocks/consistent', '; and 1 finding that follows (counts/tensors)'],
      ['tensors/shape', ''],
    ])
  })

  test('is no less for it: a warning that something fails of is told as an error', () => {
    const found = withCausesFirst([count, { ...cause, level: 'warning' }])
    expect(found).toEqual([{ finding: cause, after: '; and 1 finding that follows (counts/tensors)' }])
  })

  test('is told by itself where the cause is suppressed or of another checkpoint', () => {
    for (const no of [
      { ...cause, path: 'other' },
      { ...cause, suppressed: { by: 'policy' as const, reason: 'known' } },
    ])
      expect(withCausesFirst([count, no]).map(({ finding }) => finding)).toEqual([count, no])
  })

  test('stays where it is suppressed', () => {
    const known = { ...count, suppressed: { by: 'policy' as const, reason: 'known' } }
    expect(withCausesFirst([known, cause]).map(({ finding }) => finding)).toEqual([known, cause])
  })

  test.each<[title: string, cause: CheckFinding, finding: CheckFinding]>([
    ['a block of another type', one('blocks/consistent', { difference: 'type' }), count],
    ['a block of another shape', one('blocks/consistent', { difference: 'shape' }), count],
    ['a block that lacks a tensor', cause, one('counts/tensors', { count: 10, min: 9, max: 9 })],
    [
      'an optimizer beside the model',
      one('contents/training-state', { what: 'state-dict' }),
      one('counts/parameters', { count: 10, min: 9, max: 9 }),
    ],
    [
      'an optimizer among the tensors',
      one('contents/training-state', { what: 'tensors', tensors: ['exp_avg.0', 'exp_avg.1'] }),
      { ...one('tensors/unexpected', { name: 'head.bias', count: 1 }), tensor: 'head.bias' },
    ],
    ['another type', one('tensors/dtype', {}), one('counts/parameters', { count: 10, min: 9, max: 9 })],
    ['a shard twice', one('shards/duplicate-tensor', {}), one('index/total-size', { said: '100', held: 50 })],
    [
      'a block that is missing',
      { ...one('blocks/consistent', { difference: 'gap', list: 'layers', number: 2 }), tensor: 'layers.2' },
      { ...one('lock/drift', { what: 'missing' }), tensor: 'layers.3.weight' },
    ],
    [
      'a tensor of another type',
      { ...one('tensors/dtype', { dtype: 'F16', expected: ['F32'] }), tensor: 'a' },
      { ...one('lock/drift', { what: 'dtype', was: 'F32', is: 'F16' }), tensor: 'b' },
    ],
    [
      'the type of most weights',
      one('config/dtype', { said: 'float32', dtype: 'F32', most: 'F16' }),
      { ...one('tensors/dtype', { dtype: 'BF16', expected: ['F32'] }), tensor: 'a' },
    ],
    [
      'a module that is missing',
      one('config/modules', { modules: ['layers.0.norm', 'layers.1.norm'], type: 'llama' }),
      { ...one('tensors/required', { pattern: 'head.weight', near: null }), tensor: 'head.weight' },
    ],
    [
      'too few layers',
      { ...one('config/layers', { said: 6, there: 3, list: 'layers', missing: [] }), tensor: 'layers' },
      { ...one('lock/drift', { what: 'missing' }), tensor: 'head.weight' },
    ],
    [
      'a shard that is missing',
      one('index/missing-shard', {}),
      one('size/total', { bytes: 10, min: 0, max: 9 }),
    ],
  ])('is none where %s cannot be why', (_, why, finding) => {
    expect(withCausesFirst([finding, why]).map(({ finding }) => finding)).toEqual([finding, why])
  })
})

describe('one cause of a whole checkpoint', () => {
  const llama = {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 4,
    num_attention_heads: 2,
    vocab_size: 10,
    tie_word_embeddings: false,
    dtype: 'float32',
  }
  type Entry = readonly [DType, readonly number[]]
  const block: Readonly<Record<string, Entry>> = {
    'input_layernorm.weight': ['F32', [8]],
    'mlp.down_proj.weight': ['F32', [8, 12]],
    'mlp.gate_proj.weight': ['F32', [12, 8]],
    'mlp.up_proj.weight': ['F32', [12, 8]],
    'post_attention_layernorm.weight': ['F32', [8]],
    'self_attn.k_proj.weight': ['F32', [8, 8]],
    'self_attn.o_proj.weight': ['F32', [8, 8]],
    'self_attn.q_proj.weight': ['F32', [8, 8]],
    'self_attn.v_proj.weight': ['F32', [8, 8]],
  }
  const good: Readonly<Record<string, Entry>> = {
    'lm_head.weight': ['F32', [10, 8]],
    'model.embed_tokens.weight': ['F32', [10, 8]],
    ...Object.fromEntries(
      [0, 1, 2, 3].flatMap((i) =>
        Object.entries(block).map(([name, entry]) => [`model.layers.${i}.${name}`, entry]),
      ),
    ),
    'model.norm.weight': ['F32', [8]],
  }
  const changed = (change: (name: string, entry: Entry) => Entries): Entries =>
    Object.assign({}, ...Object.entries(good).map(([name, entry]) => change(name, entry)))
  /** All that init and lock write of a checkpoint. */
  const policy = `version: 1
rules: { tensors/unexpected: error }
counts: { parameters: 2408, tensors: 39 }
tensors:
  - { match: lm_head.weight, dtype: F32, shape: [10, 8] }
  - { match: model.embed_tokens.weight, dtype: F32, shape: [10, 8] }
  - { match: model.norm.weight, dtype: F32, shape: [8] }
${Object.entries(block)
  .map(
    ([name, [dtype, shape]]) =>
      `  - { match: "model.layers.{0..3}.${name}", count: 4, dtype: ${dtype}, shape: [${shape}] }`,
  )
  .join('\n')}
allowed: []
`
  const locked = lockCheckpoint(reportOf(good))

  /** What is told of a checkpoint beside its config.json, its policy and its lock. */
  function toldOf(entries: Entries, changes: Readonly<Record<string, unknown>> = {}): string[] {
    const side = { config: plainMap({ ...llama, ...changes }) }
    const drift = driftOf(locked, reportOf(entries, { side })).map(({ args, tensor }) => ({
      args,
      tensor,
      at: { file: 'sdinspect.lock', line: 1 },
    }))
    const one = checked(entries, { side, options: { ...heldTo(policy), drift } })
    const report = checkReport([one], [], { policy: null, threshold: { failOn: 'error', maxWarnings: null } })
    return withFoldedFindings(report, { alike: true }).findings.map(
      ({ level, rule, message }) => `${level} ${rule}${/ that follow/.test(message) ? ' and more' : ''}`,
    )
  }

  test('is none where all is as it was agreed', () => {
    expect(toldOf(good)).toEqual([])
  })

  const inLayer = (name: string, ...numbers: readonly number[]): boolean =>
    numbers.some((number) => name.startsWith(`model.layers.${number}.`))
  const typed = (dtype: DType, is: (name: string) => boolean): Entries =>
    changed((name, [, shape]) => ({ [name]: [is(name) ? dtype : 'F32', shape] }))
  const shaped = (change: (name: string, shape: readonly number[]) => readonly number[]): Entries =>
    changed((name, [dtype, shape]) => ({ [name]: [dtype, change(name, shape)] }))
  const left: Entries = {
    ...good,
    ...Object.fromEntries(
      [0, 1, 2, 3].flatMap((i) => [
        [`model.layers.${i}.self_attn.q_proj.lora_A.weight`, ['F32', [2, 8]]] as const,
        [`model.layers.${i}.self_attn.q_proj.lora_B.weight`, ['F32', [8, 2]]] as const,
      ]),
    ),
  }
  const more = (name: string): Entries =>
    changed((one, entry) => ({
      [one]: entry,
      ...(inLayer(one, 3) && { [one.replace('.3.', `.${name}.`)]: entry }),
    }))
  const packed = changed((name, [dtype, shape]) =>
    /proj/.test(name)
      ? { [name]: ['I8', shape], [`${name}_scale`]: ['F32', [shape[0] as number, 1]] }
      : { [name]: [dtype, shape] },
  )

  test.each<[what: string, entries: Entries, told: string[]]>([
    [
      'a wrapper before every name',
      changed((name, entry) => ({ [`module.${name}`]: entry })),
      ['error contents/prefix and more'],
    ],
    [
      'other names for all',
      changed((name, entry) => ({ [`net.${name}`]: entry })),
      ['error tensors/required and more'],
    ],
    [
      'half of the layers',
      changed((name, entry) => (inLayer(name, 2, 3) ? {} : { [name]: entry })),
      ['error config/layers and more'],
    ],
    ['a layer too many', more('4'), ['error config/layers and more']],
    [
      'a layer in the middle that is missing',
      changed((name, entry) => (inLayer(name, 1) ? {} : { [name]: entry })),
      ['error blocks/consistent and more'],
    ],
    [
      'a tensor of one layer that is missing',
      changed((name, entry) => (name === 'model.layers.1.mlp.up_proj.weight' ? {} : { [name]: entry })),
      ['error blocks/consistent and more'],
    ],
    [
      'a tensor of one layer the other way round',
      shaped((name, shape) => (name === 'model.layers.1.mlp.up_proj.weight' ? [...shape].reverse() : shape)),
      ['error blocks/consistent and more'],
    ],
    [
      'norms that are missing everywhere',
      changed((name, entry) => (name.includes('layernorm') ? {} : { [name]: entry })),
      ['error config/modules and more'],
    ],
    ['another type', typed('F16', () => true), ['error config/dtype and more']],
    [
      'another type in one layer',
      typed('F16', (name) => inLayer(name, 1)),
      ['error blocks/consistent and more'],
    ],
    [
      'another width',
      shaped((_, shape) => shape.map((length) => (length === 8 ? 16 : length))),
      ['error config/width and more'],
    ],
    [
      'another vocabulary',
      shaped((_, shape) => shape.map((length) => (length === 10 ? 14 : length))),
      ['error config/vocabulary and more'],
    ],
    [
      'no output layer',
      changed((name, entry) => (name.startsWith('lm_head') ? {} : { [name]: entry })),
      ['error config/tied and more'],
    ],
    ['an adapter that was left', left, ['error contents/adapter-left and more']],
    ['weights that were packed', packed, ['error quant/config and more']],
    ['nothing', {}, ['error contents/no-tensors and more']],
    // Two causes are told as two.
    [
      'another type and half of the layers',
      changed((name, [, shape]) => (inLayer(name, 2, 3) ? {} : { [name]: ['F16', shape] })),
      ['error config/layers and more', 'error config/dtype and more'],
    ],
    [
      'a layer and the last norm that are missing',
      changed((name, entry) => (inLayer(name, 1) || name === 'model.norm.weight' ? {} : { [name]: entry })),
      ['error blocks/consistent and more', 'error config/modules and more'],
    ],
  ])('%s is told once, before all that follows', (_, entries, expected) => {
    expect(toldOf(entries)).toEqual(expected)
  })
})
