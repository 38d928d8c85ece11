import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { pairedReports } from '../../src/compare/compare-reports.ts'
import { publishedNames } from '../../src/formats/gguf/published.ts'
import type { Report } from '../../src/model/report.ts'
import { reportOf } from '../helpers/checkpoint.ts'

interface Model {
  readonly model: string
  readonly architecture: string
  /** Of transformers and of the GGUF file: shapes by name. */
  readonly theirs: Readonly<Record<string, readonly number[]>>
  readonly ours: Readonly<Record<string, readonly number[]>>
  /** By name in the GGUF file: what it is made of. */
  readonly of: Readonly<Record<string, readonly string[]>>
}

/** Written with the gguf package and transformers (fixtures/generate/gguf_names.py). */
const truth: {
  readonly architectures: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly models: readonly Model[]
} = JSON.parse(
  brotliDecompressSync(
    readFileSync(new URL('../../fixtures/gguf/names.json.br', import.meta.url)),
  ).toString(),
)

const entries = (shapes: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, ['F32', shape] as const]))

const indexIn = ({ stateDicts }: Report, name: string) =>
  Array.from(stateDicts[0]?.tensors ?? []).findIndex((tensor) => tensor.name === name)

const sorted = (map: ReadonlyMap<string, readonly string[]>) =>
  [...map].map(([ours, of]) => [ours, of]).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))

const ggufOf = (shapes: Model['ours'], architecture: string) =>
  reportOf(entries(shapes), { format: 'gguf', metadata: { 'general.architecture': architecture } })

describe('the names that the gguf package has for each architecture', () => {
  test.each(Object.entries(truth.architectures))('%s', (architecture, names) => {
    const there = new Set(Object.values(names))
    const wrong = Object.entries(names).filter(([theirs, ours]) => {
      const found = publishedNames({ 'general.architecture': architecture })
        .candidates(`${theirs}.weight`)
        .filter(({ name }) => there.has(name.replace(/\.weight$/, '')))
      return !found.some(({ name }) => name.replace(/\.weight$/, '') === ours)
    })
    expect(wrong).toEqual([])
  })
})

describe('a GGUF file and the model of transformers that it was made of', () => {
  test.each(truth.models.map((model) => [`${model.model} as ${model.architecture}`, model] as const))(
    '%s',
    (_, model) => {
      for (const isFirst of [true, false]) {
        const gguf = ggufOf(model.ours, model.architecture)
        const theirs = reportOf(entries(model.theirs))
        const { pairing, difference } = isFirst ? pairedReports(gguf, theirs) : pairedReports(theirs, gguf)
        const found = new Map<string, readonly string[]>()
        for (const [a, b] of pairing.names()) {
          const [ours, of] = isFirst ? [a, b] : [b, a]
          found.set(ours, [of])
          expect([ours, pairing.pairedBy(indexIn(isFirst ? gguf : theirs, a))]).toEqual([ours, 'published'])
        }
        for (const { fused, whole, parts } of difference.fusions)
          if (fused === (isFirst ? 'a' : 'b')) found.set(whole, parts)
          else for (const part of parts) found.set(part, [whole])
        expect(sorted(found)).toEqual(sorted(new Map(Object.entries(model.of))))
        const [ggufOnly, theirsOnly] = isFirst
          ? [difference.onlyA, difference.onlyB]
          : [difference.onlyB, difference.onlyA]
        expect(ggufOnly.map(({ name }) => name)).toEqual([])
        const made = new Set(Object.values(model.of).flat())
        expect(theirsOnly.map(({ name }) => name)).toEqual(
          Object.keys(model.theirs).filter((name) => !made.has(name)),
        )
      }
    },
  )
})

// llama.cpp, conversion/gemma.py, nemotron.py, mamba.py, bloom.py, llama.py: `modify_tensors` of each.
describe('what converters do besides renaming', () => {
  const differenceOf = (wanted: string) => {
    const model = truth.models.find((each) => each.model === wanted) as Model
    return pairedReports(ggufOf(model.ours, model.architecture), reportOf(entries(model.theirs))).difference
  }

  test('1 is added to every norm of Gemma 2 and of Nemotron', () => {
    for (const wanted of ['gemma2', 'nemotron']) {
      const { converted = [] } = differenceOf(wanted)
      expect(new Set(converted.map(({ how }) => how))).toEqual(new Set(['one-added']))
      const norms = Object.keys(truth.models.find(({ model }) => model === wanted)?.theirs ?? {})
      expect(converted.map(({ b }) => b).sort()).toEqual(
        norms.filter((name) => /norm\.weight$/.test(name)).sort(),
      )
    }
  })

  test('A of a state space model is kept as -exp of its logarithm', () => {
    expect(differenceOf('mamba').converted).toEqual(
      [0, 1].map((at) => ({
        a: `blk.${at}.ssm_a`,
        b: `backbone.layers.${at}.mixer.A_log`,
        how: 'minus-exp',
      })),
    )
  })

  test('q, k and v of BLOOM are regrouped, weights and biases', () => {
    const { converted = [] } = differenceOf('bloom')
    expect(new Set(converted.map(({ how }) => how))).toEqual(new Set(['regrouped']))
    expect(converted).toHaveLength(4)
  })

  test('rows of q and k are permuted for Llama and Granite, and not for Qwen 2', () => {
    expect(differenceOf('llama').reordered).toHaveLength(4)
    expect(differenceOf('granite').reordered).toHaveLength(4)
    expect(differenceOf('qwen2').reordered).toBeUndefined()
    expect(differenceOf('qwen2').converted).toBeUndefined()
  })
})

test('names that no converter publishes, and hostile ones, have no candidates', () => {
  const names = publishedNames(new Map([['general.architecture', 'llama']]))
  for (const name of ['', '.', '__proto__', 'constructor.weight', 'a.b.c.weight', 'x.'.repeat(10_000)])
    expect(names.candidates(name)).toEqual([])
})
