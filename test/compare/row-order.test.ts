import { describe, expect, test } from 'vitest'
import { compareReports } from '../../src/compare/compare-reports.ts'
import { compareStateDicts } from '../../src/compare/compare-state-dicts.ts'
import { loadVerdict } from '../../src/render/load-verdict.ts'
import { reportOf } from '../helpers/checkpoint.ts'

const llama = (layer: string, names: readonly string[]) =>
  Object.fromEntries(
    [0, 1].flatMap((at) =>
      names.map((name, i) => [`${layer}.${at}.${name}`, ['F32', i < 2 ? [8, 8] : [12, 8]]]),
    ),
  ) as Record<string, ['F32', number[]]>

const meta = reportOf({
  ...llama('layers', ['attention.wq.weight', 'attention.wk.weight', 'feed_forward.w1.weight']),
  'tok_embeddings.weight': ['F32', [50, 8]],
})
const hf = reportOf({
  ...llama('model.layers', ['self_attn.q_proj.weight', 'self_attn.k_proj.weight', 'mlp.gate_proj.weight']),
  'model.embed_tokens.weight': ['F32', [50, 8]],
})

describe('q and k of Llama under the names of Meta and of transformers', () => {
  test('have other rows, and the verdict says that renaming is not enough', () => {
    const difference = compareReports(meta, hf)
    expect(difference.reordered?.map(({ b }) => b)).toEqual([
      'model.layers.0.self_attn.q_proj.weight',
      'model.layers.0.self_attn.k_proj.weight',
      'model.layers.1.self_attn.q_proj.weight',
      'model.layers.1.self_attn.k_proj.weight',
    ])
    expect(loadVerdict(difference).text).toContain('computes wrong until the rows of q and k are permuted')
  })

  test('have the same rows in two files of one of them', () => {
    expect(compareReports(hf, hf).reordered).toBeUndefined()
    expect(compareReports(meta, meta).reordered).toBeUndefined()
  })
})

// transformers conversion_mapping.py: experts.N.gate_proj and up_proj are merged, joined and stacked into
// experts.gate_up_proj [experts, 2 x width, in]; gpt-oss and Llama 4 keep [experts, in, 2 x width].
describe('a stack of experts against experts one by one', () => {
  const single = reportOf(
    Object.fromEntries(
      Array.from({ length: 12 }, (_, n) =>
        ['gate_proj', 'up_proj', 'down_proj'].map((name) => [
          `mlp.experts.${n}.${name}.weight`,
          ['F32', name === 'down_proj' ? [8, 6] : [6, 8]],
        ]),
      ).flat(),
    ) as Record<string, ['F32', number[]]>,
  )

  test.each([
    ['gate and up joined', [12, 12, 8], [12, 8, 6], undefined],
    ['transposed', [12, 8, 12], [12, 6, 8], true],
  ] as const)('%s', (_, gateUp, down, transposed) => {
    const stacked = reportOf({
      'mlp.experts.gate_up_proj': ['F32', [...gateUp]],
      'mlp.experts.down_proj': ['F32', [...down]],
    })
    const { fusions, onlyA, onlyB } = compareStateDicts(
      stacked.stateDicts[0] as never,
      single.stateDicts[0] as never,
    )
    expect([onlyA, onlyB]).toEqual([[], []])
    expect(fusions.map(({ whole, stacked, joined }) => [whole, stacked, joined])).toEqual([
      ['mlp.experts.gate_up_proj', true, 2],
      ['mlp.experts.down_proj', true, undefined],
    ])
    expect(fusions[0]?.transposed).toBe(transposed)
    expect(fusions[0]?.parts.slice(18, 22)).toEqual([
      'mlp.experts.9.gate_proj.weight',
      'mlp.experts.9.up_proj.weight',
      'mlp.experts.10.gate_proj.weight',
      'mlp.experts.10.up_proj.weight',
    ])
  })

  test('of another number of experts is none of it', () => {
    const stacked = reportOf({ 'mlp.experts.gate_up_proj': ['F32', [11, 12, 8]] })
    const { fusions } = compareStateDicts(stacked.stateDicts[0] as never, single.stateDicts[0] as never)
    expect(fusions).toEqual([])
  })
})
