import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { compareReports } from '../../src/compare/compare-reports.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Report } from '../../src/model/report.ts'
import { adapterSections, adapterVerdict } from '../../src/render/adapter-sections.ts'
import { memorySource } from '../../src/source/memory.ts'

// Adapters that PEFT wrote for small models, beside those models (fixtures/generate/adapters.py).

const headers = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/diff/adapters.json.gz', import.meta.url))).toString(),
) as Record<string, unknown>

async function reportOf(name: string): Promise<Report> {
  const bytes = Buffer.from(JSON.stringify(headers[name]))
  const checkpoint = await readCheckpoint(memorySource(bytes, 'header.json'), { limits: defaultLimits })
  return inspectCheckpoint(checkpoint, { path: name })
}

async function fitOf(adapter: string, base = 'base') {
  const { adapter: found } = compareReports(await reportOf(adapter), await reportOf(base))
  if (found === undefined) throw new Error('no adapter')
  return found
}

const both = ['layers.0', 'layers.1']
const on = (...leaves: string[]) => both.flatMap((block) => leaves.map((leaf) => `${block}.${leaf}`))

describe('an adapter that PEFT made of a model fits it', () => {
  test.each([
    ['lora', 'LoRA', ['conv', 'embed', ...on('down', 'q_proj')]],
    ['dora', 'DoRA', on('down', 'q_proj')],
    ['loha', 'LoHa', ['conv', ...on('down', 'q_proj')]],
    ['lokr', 'LoKr', ['conv', ...on('down', 'q_proj')]],
    ['ia3', 'IA3', on('down', 'k_proj')],
    ['oft', 'OFT', on('down', 'q_proj')],
    ['vera', 'VeRA', on('q_proj')],
  ])('%s', async (name, method, modules) => {
    const found = await fitOf(name)
    expect(found).toMatchObject({ fits: 'yes', methods: [method], missing: [], misfits: [], unchecked: [] })
    expect(found.on.map(({ module }) => module).sort()).toEqual([...modules].sort())
  })

  test('gpt2-lora, whose weights lie the other way round', async () => {
    const found = await fitOf('gpt2-lora', 'gpt2')
    expect(found).toMatchObject({ fits: 'yes', ranks: [2], modules: 4 })
  })

  test('and says what it saved whole, in place of what', async () => {
    expect((await fitOf('lora')).saved).toEqual([
      { name: 'score.bias', is: 'same shape', shape: [4], base: [4] },
      { name: 'score.weight', is: 'same shape', shape: [4, 16], base: [4, 16] },
    ])
  })
})

describe('an adapter that does not fit', () => {
  test('names the modules the base has not', async () => {
    const found = await fitOf('deeper')
    expect(found.fits).toBe('no')
    expect(found.missing).toEqual(['base_model.model.layers.2.down', 'base_model.model.layers.2.q_proj'])
    expect(found.on.map(({ module }) => module)).toEqual(on('down', 'q_proj'))
  })

  test('names the shapes that the base asks for', async () => {
    const found = await fitOf('llama-lora', 'llama-wide')
    expect(found.fits).toBe('no')
    expect(found.misfits.map(({ module, shape, wanted }) => [module, shape, wanted])).toEqual([
      ['model.layers.1.self_attn.q_proj', [2, 16], '[2, 32]'],
      ['model.layers.1.self_attn.v_proj', [2, 16], '[2, 32]'],
    ])
  })

  test('of a resized vocabulary names the table to resize', async () => {
    const { fits, saved, misfits } = await fitOf('llama-lora', 'llama-inner')
    expect({ fits, misfits }).toEqual({ fits: 'no', misfits: [] })
    expect(saved).toEqual([
      { name: 'embed_tokens.weight', is: 'other shape', shape: [32, 16], base: [30, 16] },
    ])
  })

  test('of another model is on nothing of it', async () => {
    const found = await fitOf('vera', 'gpt2')
    expect(found).toMatchObject({ fits: 'no', on: [] })
    expect(found.missing).toHaveLength(2)
  })
})

test.each(['llama-kohya', 'llama-diffusers'])(
  '%s is on the modules that the names of its library stand for, and leaves their like',
  async (name) => {
    const found = await fitOf(name, 'llama-inner')
    expect(found.fits).toBe('yes')
    expect(found.on.map(({ module }) => module)).toEqual([
      'layers.1.self_attn.q_proj',
      'layers.1.self_attn.v_proj',
    ])
    expect(found.left).toEqual(['layers.0.self_attn.q_proj', 'layers.0.self_attn.v_proj'])
  },
)

test('a half without its other half is said', async () => {
  const report = await reportOf('lora')
  const [stateDict] = report.stateDicts
  if (stateDict === undefined) throw new Error('no state dict')
  const tensors = stateDict.tensors.filter(({ name }) => !name.endsWith('layers.1.q_proj.lora_B.weight'))
  const half = { ...report, stateDicts: [{ ...stateDict, tensors }] }
  const { adapter } = compareReports(half, await reportOf('base'))
  expect(adapter?.incomplete).toEqual([{ module: 'layers.1.q_proj', missing: ['up'] }])
  expect(adapter?.fits).toBe('no')
})

test('the base may be the first of the two, and two models are no adapter', async () => {
  const [base, lora] = [await reportOf('base'), await reportOf('lora')]
  expect(compareReports(base, lora).adapter).toMatchObject({ side: 'b', fits: 'yes' })
  expect(compareReports(base, base).adapter).toBeUndefined()
})

test('the verdict is one line, and no name is told twice', async () => {
  const found = await fitOf('deeper')
  expect(adapterVerdict(found).text).toBe(
    'a is an adapter (LoRA of rank 4) and does not fit b: 2 of its 6 modules are not there',
  )
  const names = adapterSections(found, {}).flatMap(({ rows }) =>
    rows.map(({ subject }) => JSON.stringify(subject)),
  )
  expect(new Set(names).size).toBe(names.length)
})
