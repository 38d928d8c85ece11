import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { explain } from '../../../src/explain.ts'
import { publishedNames } from '../../../src/formats/gguf/published.ts'
import { withOriginals } from '../../../src/formats/original-names.ts'
import { readCheckpoint } from '../../../src/formats/read-checkpoint.ts'
import { inspect } from '../../../src/index.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { reportOf } from '../../helpers/checkpoint.ts'

const folder = fileURLToPath(new URL('../../../fixtures/gguf', import.meta.url))
const moe = () => memorySource(new Uint8Array(readFileSync(`${folder}/moe.gguf`)), 'moe.gguf')

interface Model {
  readonly model: string
  readonly architecture: string
  /** By name in the GGUF file: what it is made of. */
  readonly of: Readonly<Record<string, readonly string[]>>
  readonly ours: Readonly<Record<string, readonly number[]>>
}

/** Written with the gguf package and transformers (fixtures/generate/gguf_names.py). */
const { models }: { readonly models: readonly Model[] } = JSON.parse(
  brotliDecompressSync(readFileSync(`${folder}/names.json.br`)).toString(),
)

/** With the numbers of what is stacked left out, as `*` stands for them. */
const starred = (of: readonly string[]) =>
  of.length === 1
    ? of[0]
    : [...new Set(of.map((name) => name.replace(/\.\d+(?=\.)(?!.*\.\d+\.)/, '.*')))].join()

describe('what a tensor of a GGUF file is in the model of transformers that it was made of', () => {
  test.each(models.map((model) => [`${model.model} as ${model.architecture}`, model] as const))(
    '%s',
    (_, { architecture, of }) => {
      const { originalOf } = publishedNames({ 'general.architecture': architecture })
      const uses = Object.values(of).flat()
      for (const [ours, theirs] of Object.entries(of)) {
        const original = originalOf(ours)
        expect(original?.names, ours).toContain(starred(theirs))
        const isPart = theirs.some((name) => uses.indexOf(name) !== uses.lastIndexOf(name))
        expect([ours, original?.isPart]).toEqual([ours, isPart])
      }
    },
  )

  test('their kinds are those of the parameters they are made of', () => {
    for (const { architecture, of, ours } of models) {
      const tensors = Object.fromEntries(
        Object.entries(ours).map(([name, shape]) => [name, ['F32', shape] as const]),
      )
      const report = reportOf(tensors, { format: 'gguf', metadata: { 'general.architecture': architecture } })
      const guessed = Array.from(report.stateDicts[0]?.tensors ?? []).filter(
        ({ name, kind }) =>
          kind !== (/e_score_correction/.test(of[name]?.join() ?? '') ? 'buffer' : 'parameter'),
      )
      // Only a file's reader knows that the name is ggml's.
      expect(guessed.map(({ name }) => name).filter((name) => !/exp_probs_b/.test(name))).toEqual([])
    }
  })
})

test('names of other architectures, of no block and hostile ones are nothing', () => {
  const { originalOf } = publishedNames({ 'general.architecture': 'llama' })
  for (const name of [
    '',
    'blk.0',
    'blk.00.attn_q.weight',
    'blk.-1.attn_q.weight',
    'blk.#.attn_q.weight',
    'blk.0.attn_q',
    'blk.0.attn_q.',
  ])
    expect(originalOf(name)).toBeNull()
  expect(originalOf('__proto__')).toBeNull()
  expect(publishedNames({}).originalOf('blk.0.attn_q.weight')).toBeNull()
  expect(publishedNames({ 'general.architecture': '__proto__' }).originalOf('output.weight')).toBeNull()
  expect(publishedNames({ 'general.architecture': 'no-such' }).originalOf('output.weight')).toBeNull()
})

test('why says it, and what was done to the values', async () => {
  const checkpoint = await readCheckpoint(moe(), { limits: defaultLimits })
  const [stateDict] = checkpoint.stateDicts
  if (stateDict === undefined) throw new Error('no state dict')
  const originals = explain(checkpoint, stateDict, () => true)
  expect(
    Object.fromEntries(originals.map(({ name, original }) => [name, original?.names.join()])),
  ).toMatchObject({
    'blk.0.attn_q.weight': 'model.layers.0.self_attn.q_proj.weight',
    'blk.0.ffn_gate_exps.weight': 'model.layers.0.mlp.experts.*.gate_proj.weight',
    'token_embd.weight': 'model.embed_tokens.weight',
    'rope_freqs.weight': undefined,
  })
  const gemma = { format: 'gguf', metadata: new Map([['general.architecture', 'gemma2']]) }
  const norm = { ...originals[0], name: 'blk.1.attn_norm.weight' } as (typeof originals)[number]
  expect(withOriginals(gemma, [norm])[0]?.original).toEqual({
    library: 'transformers',
    names: ['model.layers.1.input_layernorm.weight'],
    isPart: false,
    converted: 'one-added',
  })
})

test('a report under original names counts the same, and keeps what has none', async () => {
  const [asItIs, renamed] = await Promise.all([inspect(moe()), inspect(moe(), { originalNames: true })])
  const of = (report: typeof asItIs) => report.stateDicts[0] as (typeof asItIs.stateDicts)[number]
  expect(of(renamed).totals).toEqual(of(asItIs).totals)
  expect(of(renamed).mixture).toEqual(of(asItIs).mixture)
  expect(Array.from(of(renamed).tensors, ({ name }) => name)).toEqual([
    'model.embed_tokens.weight',
    'model.norm.weight',
    'lm_head.weight',
    'rope_freqs.weight',
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.self_attn.q_proj.weight',
    'blk.0.ffn_up.weight',
    'model.layers.0.mlp.experts.*.gate_proj',
    'model.layers.0.mlp.experts.*.up_proj',
    'model.layers.0.mlp.experts.*.down_proj',
    'model.layers.0.mlp.gate.weight',
    'blk.0.exp_probs_b.bias',
  ])
})

test('stacked experts are parameters, and a table of angles is no norm', async () => {
  const report = await inspect(moe())
  const [stateDict] = report.stateDicts
  const named = (name: string) => stateDict?.tensors.find((tensor) => tensor.name === name)
  expect(named('blk.0.ffn_down_exps.weight')).toMatchObject({ kind: 'parameter', kindLevel: 'recognised' })
  expect(stateDict?.modules.find(({ path }) => path === 'rope_freqs')).toBeUndefined()
  expect(stateDict?.modules.find(({ path }) => path === 'token_embd')?.classes).toEqual(['Embedding'])
})
