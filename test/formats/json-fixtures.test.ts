import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Report } from '../../src/model/report.ts'
import { inspectPath } from '../../src/node.ts'
import { json } from '../../src/render/json-text.ts'
import { memorySource } from '../../src/source/memory.ts'

interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly kind: string
  readonly requires_grad: boolean
}

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url))

function truthOf(name: string): ReadonlyMap<string, Entry> {
  const { entries } = JSON.parse(readFileSync(`${fixtures}${name}.truth.json`, 'utf8')) as {
    entries: Entry[]
  }
  return new Map(entries.map((entry) => [entry.name, entry]))
}

it.each([
  'live-manifest.json',
  'training.json',
  'hub-sharded',
  'torch-sharded',
  'gpt2-sharded',
  'bart-sharded',
])('%s gives the entries of the live model, and claims nothing that is wrong', async (name) => {
  const report = await inspectPath(fixtures + name)
  expect(report.findings.filter((finding) => finding.level !== 'info')).toEqual([])
  const truth = truthOf(name)
  const tensors = report.stateDicts[0]?.tensors ?? []
  expect(tensors.map((tensor) => tensor.name).sort()).toEqual([...truth.keys()].sort())
  for (const tensor of tensors) {
    const entry = truth.get(tensor.name) as Entry
    expect(tensor).toMatchObject({
      shape: entry.shape,
      dtype: tensor.dtype === null ? null : entry.dtype,
      kind: entry.kind,
    })
    if (tensor.trainable !== 'unknown') expect(tensor.trainable === 'yes').toBe(entry.requires_grad)
  }
})

it('the snippet of docs/json.md declares everything', async () => {
  const [stateDict] = (await inspectPath(`${fixtures}live-manifest.json`)).stateDicts
  expect(stateDict?.totals.levels).toEqual({ declared: 22, deduced: 0, recognised: 0, assumed: 0 })
  expect(stateDict?.tensors.find((tensor) => tensor.name === 'out.weight')?.tiedTo).toBe('embed.weight')
})

it('huggingface_hub keeps the order of the model in its index, and the name of the tensor it left out', async () => {
  const [stateDict] = (await inspectPath(`${fixtures}hub-sharded`)).stateDicts
  expect(stateDict?.order).toBe('registration')
  expect(stateDict?.tensors.at(-1)).toMatchObject({ name: 'out.weight', tiedTo: 'embed.weight' })
})

it('an optimizer in JSON says what is trained', async () => {
  const [stateDict] = (await inspectPath(`${fixtures}training.json`)).stateDicts
  const trained = stateDict?.tensors
    .filter((tensor) => tensor.trainable === 'yes')
    .map((tensor) => tensor.name)
  // The two blocks are alike, and nothing tells which of them the optimizer was given.
  expect(trained).toEqual(expect.arrayContaining(['embed.weight', 'out.weight']))
})

it.each(['bart-sharded', 'gptq', 'torch-sharded', 'torch/module.pt', 'torch/lightning.ckpt'])(
  'the report of %s, read again, gives the same tensors, totals, classes and imports',
  async (name) => {
    const report = await inspectPath(fixtures + name)
    const again = await inspectAgain(report)
    const answers = ({ format, producer, files, metadata, values, pickle, stateDicts }: Report) => ({
      ...{
        format,
        producer,
        files,
        values,
        pickle,
        metadata: [...(metadata as ReadonlyMap<string, unknown>)],
      },
      stateDicts: stateDicts.map(({ notes: _notes, modules, ...rest }) => ({
        ...rest,
        modules: modules.filter((module) => module.path !== ''),
      })),
    })
    expect(answers(again)).toEqual(answers(report))
  },
)

it('shards of torch say what each of them imports', async () => {
  const { pickle } = await inspectPath(`${fixtures}torch-sharded`)
  expect(pickle?.plainWeights).toBe(true)
  expect(new Set(pickle?.imports.map((one) => one.within))).toEqual(
    new Set(['pytorch_model-00001-of-00002.bin: data.pkl', 'pytorch_model-00002-of-00002.bin: data.pkl']),
  )
})

async function inspectAgain(report: Report): Promise<Report> {
  const bytes = new TextEncoder().encode([...json(report)].join(''))
  return inspectCheckpoint(await readCheckpoint(memorySource(bytes), { limits: defaultLimits }), report)
}
