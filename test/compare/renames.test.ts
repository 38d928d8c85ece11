import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareStateDicts } from '../../src/compare/compare-state-dicts.ts'
import { compilePattern } from '../../src/model/names/pattern.ts'
import { makeStateDict } from '../render/make-report.ts'

/** Names and shapes of one model as several libraries write it: fixtures/generate/diff_models.py. */
const models = JSON.parse(
  brotliDecompressSync(
    readFileSync(new URL('../../fixtures/diff/models.json.br', import.meta.url)),
  ).toString(),
) as Record<string, readonly (readonly [string, readonly number[]])[]>

const stateDict = (model: string) =>
  makeStateDict((models[model] ?? []).map(([name, shape]) => ({ name, shape })))
const compare = (a: string, b: string) => compareStateDicts(stateDict(a), stateDict(b))

interface PatternPair {
  readonly from: string
  readonly to: string
}

/** What a person would write to apply a rename map: the first pattern that fits, its wildcards put in. */
function renamed(name: string, map: readonly PatternPair[]): string {
  const pair = map.find(({ from }) => compilePattern(from)(name))
  if (pair === undefined) return name
  const source = pair.from
    .split('.')
    .map((segment) =>
      segment === '**'
        ? '(.+)'
        : segment === '*'
          ? '([^.]*)'
          : segment.replace(/\\(.)/g, '$1').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('\\.')
  const texts = new RegExp(`^${source}$`, 'su').exec(name)?.slice(1) ?? []
  return pair.to
    .split('.')
    .map((segment) => (segment === '**' || segment === '*' ? texts.shift() : segment.replace(/\\(.)/g, '$1')))
    .join('.')
}

describe('proposed renames', () => {
  it('bring the names of Meta’s Llama to those of transformers, all of them', () => {
    const { renames, onlyA, onlyB, matched } = compare('llama_meta', 'llama')
    expect([onlyA, onlyB, matched]).toEqual([[], [], 30])
    // The two lists are of the same modules in the same order.
    const [meta, hf] = [models.llama_meta ?? [], models.llama ?? []]
    expect(meta.map(([name]) => renamed(name, renames))).toEqual(hf.map(([name]) => name))
    expect(renames).toHaveLength(12)
    expect(renames.every(({ by }) => by !== 'order')).toBe(true)
  })

  it('bring timm’s vision transformer to that of transformers, with the projections that were split', () => {
    const { renames, fusions, onlyA, onlyB } = compare('timm_vit', 'hf_vit')
    // transformers, convert_vit_timm_to_pytorch.py, create_rename_keys and read_in_q_k_v.
    const known: Record<string, string> = {
      cls_token: 'vit.embeddings.cls_token',
      pos_embed: 'vit.embeddings.position_embeddings',
      'patch_embed.proj.weight': 'vit.embeddings.patch_embeddings.projection.weight',
      'blocks.1.norm1.weight': 'vit.layers.1.layernorm_before.weight',
      'blocks.0.norm2.bias': 'vit.layers.0.layernorm_after.bias',
      'blocks.1.attn.proj.weight': 'vit.layers.1.attention.o_proj.weight',
      'blocks.0.mlp.fc1.weight': 'vit.layers.0.mlp.fc1.weight',
      'norm.weight': 'vit.layernorm.weight',
      'head.bias': 'classifier.bias',
    }
    for (const [from, to] of Object.entries(known)) expect(renamed(from, renames)).toBe(to)
    expect(fusions).toHaveLength(4)
    expect(fusions[0]).toEqual({
      fused: 'a',
      whole: 'blocks.0.attn.qkv.weight',
      wholeShape: [48, 16],
      parts: ['q', 'k', 'v'].map((part) => `vit.layers.0.attention.${part}_proj.weight`),
      partShapes: [
        [16, 16],
        [16, 16],
        [16, 16],
      ],
      dimension: 0,
      stacked: false,
    })
    expect([onlyA, onlyB]).toEqual([[], []])
  })

  it('are none between GPT-2 of transformers and of nanoGPT, which store projections the other way round', () => {
    const { renames, changes, maybeTransposed } = compare('gpt2', 'nano')
    expect(renames).toEqual([])
    expect(changes.map(({ a, shape }) => `${a} ${shape?.how}`)).toEqual(
      [0, 1, 2].flatMap((i) =>
        ['attn.c_attn', 'mlp.c_fc', 'mlp.c_proj'].map(
          (name) => `transformer.h.${i}.${name}.weight transposed`,
        ),
      ),
    )
    expect(maybeTransposed).toEqual([0, 1, 2].map((i) => `transformer.h.${i}.attn.c_proj.weight`))
  })

  it('leave the projections that Phi-3 fuses to fusions, grouped queries too', () => {
    const { renames, fusions, onlyA, onlyB, matched } = compare('llama', 'phi3')
    expect([renames, onlyA, onlyB, matched]).toEqual([[], [], [], 15])
    expect(fusions.map(({ whole, parts }) => `${whole} ${parts.length}`)).toEqual(
      [0, 1, 2].flatMap((i) => [
        `model.layers.${i}.self_attn.qkv_proj.weight 3`,
        `model.layers.${i}.mlp.gate_up_proj.weight 2`,
      ]),
    )
    expect(fusions[0]?.partShapes).toEqual([
      [16, 16],
      [8, 16],
      [8, 16],
    ])
  })

  it('find what torch’s own encoder keeps as in_proj, and guess at nothing that two norms could be', () => {
    const { renames, fusions } = compare('bert', 'torch_encoder')
    expect(fusions).toHaveLength(6)
    expect(fusions[0]).toMatchObject({ fused: 'b', whole: 'encoder.layers.0.self_attn.in_proj_weight' })
    const names = [0, 1, 2].map((i) => renamed(`encoder.layer.${i}.intermediate.dense.weight`, renames))
    expect(names).toEqual([0, 1, 2].map((i) => `encoder.layers.${i}.linear1.weight`))
    expect(renames.some(({ from }) => from.includes('LayerNorm'))).toBe(false)
  })

  it('find experts that were stacked', () => {
    const experts = [0, 1, 2, 3].map((i) => ({ name: `moe.experts.${i}.w1.weight`, shape: [8, 2] }))
    const { fusions } = compareStateDicts(
      makeStateDict(experts),
      makeStateDict([{ name: 'moe.experts.w1', shape: [4, 8, 2] }]),
    )
    expect(fusions).toMatchObject([
      {
        fused: 'b',
        whole: 'moe.experts.w1',
        stacked: true,
        dimension: 0,
        parts: experts.map(({ name }) => name),
      },
    ])
  })

  it('bring one list of blocks to a list for each stage, and not by their numbers', () => {
    // transformers, convert_hiera_to_hf.py: blocks.3 to blocks.9 of Hiera are layers 0 to 6 of its third stage.
    const depths = [1, 2, 7, 2]
    const pairs = depths.flatMap((depth, stage) =>
      Array.from({ length: depth }, (_, layer) => layer).flatMap((layer) => {
        const block = depths.slice(0, stage).reduce((sum, one) => sum + one, 0) + layer
        const width = 8 * 2 ** stage
        const before = layer === 0 && stage > 0 ? width / 2 : width
        const entries: [string, string, number[]][] = [
          ['norm1.weight', 'layernorm_before.weight', [before]],
          ['norm1.bias', 'layernorm_before.bias', [before]],
          ['attn.qkv.weight', 'attn.qkv.weight', [3 * width, before]],
          ['attn.qkv.bias', 'attn.qkv.bias', [3 * width]],
          ['attn.proj.weight', 'attn.proj.weight', [width, width]],
          ['attn.proj.bias', 'attn.proj.bias', [width]],
          ['norm2.weight', 'layernorm_after.weight', [width]],
          ['norm2.bias', 'layernorm_after.bias', [width]],
          ['mlp.fc1.weight', 'mlp.fc1.weight', [4 * width, width]],
          ['mlp.fc1.bias', 'mlp.fc1.bias', [4 * width]],
          ['mlp.fc2.weight', 'mlp.fc2.weight', [width, 4 * width]],
          ['mlp.fc2.bias', 'mlp.fc2.bias', [width]],
        ]
        if (before !== width)
          entries.push(['proj.weight', 'proj.weight', [width, before]], ['proj.bias', 'proj.bias', [width]])
        return entries.map(([own, theirs, shape]) => ({
          a: `blocks.${block}.${own}`,
          b: `hiera.encoder.stages.${stage}.layers.${layer}.${theirs}`,
          shape,
        }))
      }),
    )
    const { pairing } = compareStateDicts(
      makeStateDict(pairs.map(({ a, shape }) => ({ name: a, shape }))),
      makeStateDict(pairs.map(({ b, shape }) => ({ name: b, shape }))),
    )
    expect(pairing.names()).toEqual(pairs.map(({ a, b }) => [a, b]))
  })

  it('take the direction of a normed weight for no weight of that shape', () => {
    // transformers, convert_dac_checkpoint.py: weight = weight_g · weight_v / |weight_v|.
    const widths = [8, 16, 32]
    const normed = widths.flatMap((width, at) => [
      { name: `encoder.block.${at + 1}.block.0.alpha`, shape: [1, width, 1] },
      { name: `encoder.block.${at + 1}.block.1.bias`, shape: [2 * width] },
      { name: `encoder.block.${at + 1}.block.1.weight_g`, shape: [2 * width, 1, 1] },
      { name: `encoder.block.${at + 1}.block.1.weight_v`, shape: [2 * width, width, 7] },
    ])
    const plain = widths.flatMap((width, at) => [
      { name: `encoder.block.${at}.snake1.alpha`, shape: [1, width, 1] },
      { name: `encoder.block.${at}.conv1.bias`, shape: [2 * width] },
      { name: `encoder.block.${at}.conv1.weight`, shape: [2 * width, width, 7] },
    ])
    const { pairing } = compareStateDicts(makeStateDict(normed), makeStateDict(plain))
    expect(pairing.names().filter(([name]) => /weight/.test(name))).toEqual([])
    const other = normed.map(({ name, shape }) => ({
      name: name
        .replace('weight_g', 'parametrizations.weight.original0')
        .replace('weight_v', 'parametrizations.weight.original1'),
      shape,
    }))
    const halves = compareStateDicts(makeStateDict(normed), makeStateDict(other)).pairing.names()
    for (const [a, b] of halves)
      expect([a, b.replace('original0', 'g').replace('original1', 'v').slice(-1)]).toEqual([a, a.slice(-1)])
    expect(halves.length).toBe(12)
  })

  it('know the old names of norms', () => {
    const norm = (weight: string, bias: string) =>
      makeStateDict([
        { name: `bert.norm.${weight}`, shape: [4] },
        { name: `bert.norm.${bias}`, shape: [4] },
      ])
    const { renames } = compareStateDicts(norm('gamma', 'beta'), norm('weight', 'bias'))
    expect(renames.map(({ from, to }) => [from, to])).toEqual([
      ['bert.norm.beta', 'bert.norm.bias'],
      ['bert.norm.gamma', 'bert.norm.weight'],
    ])
  })

  it('give every paired tensor the name of its partner, and take no name, whatever the names', () => {
    const segment = fc.constantFrom('a', 'b', 'c', '0', '1', '2', '*', '**', 'x{1}', 'w')
    const names = fc.uniqueArray(
      fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.')),
      { minLength: 1, maxLength: 25 },
    )
    fc.assert(
      fc.property(names, names, fc.array(fc.nat(3), { minLength: 25, maxLength: 25 }), (a, b, sizes) => {
        const given = (list: readonly string[]) =>
          makeStateDict(list.map((name, i) => ({ name, shape: [1 + (sizes[i] ?? 0), 2] })))
        const { rules, renames, onlyA, onlyB, fusions, matched } = compareStateDicts(given(a), given(b))
        const lone = new Set([
          ...onlyA.map(({ name }) => name),
          ...fusions.flatMap((one) => (one.fused === 'a' ? [one.whole] : one.parts)),
        ])
        const after = a.map((name) => rules.apply(name))
        // As a person would apply the map that is written.
        expect(a.map((name) => renamed(name, renames))).toEqual(after)
        const inB = new Set(b)
        const paired = a.filter((name) => !lone.has(name))
        expect(paired).toHaveLength(matched)
        expect(new Set(paired.map((name) => rules.apply(name))).size).toBe(matched)
        for (const name of paired) expect(inB.has(rules.apply(name))).toBe(true)
        const taken = new Set(paired.map((name) => rules.apply(name)))
        for (const name of lone) expect(taken.has(rules.apply(name))).toBe(false)
        expect(onlyB.every(({ name }) => !taken.has(name))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
