import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePolicy } from '../../src/cli/files/policy-document.ts'
import { checkpointOf } from '../helpers/checkpoint.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { libraryOf, runCli } from '../helpers/run-cli.ts'
import { vectorsFile } from '../helpers/shards.ts'

const home = process.cwd()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-init-'))
  process.chdir(folder)
})
afterAll(async () => {
  process.chdir(home)
  await rm(folder, { recursive: true, force: true })
})

const good = [
  'bart-sharded',
  'bert',
  'cnn.safetensors',
  'gptq',
  'lora',
  'kohya_lora.safetensors',
  'torch/ddp.pt',
  'torch/with_optimizer.pt',
]

describe('sdinspect init', () => {
  for (const name of good)
    test(`writes a policy that ${name} passes without a finding`, async () => {
      const path = resolve(home, 'fixtures', name)
      const { code, out, err } = await runCli(['init', path, '--force'])
      expect([code, out]).toEqual([0, ''])
      expect(err).toContain('wrote sdinspect.yaml')
      const checked = await runCli(['check'])
      expect(checked.out).toMatch(/^✔ no findings in 1 checkpoint/m)
    })

  test('writes a policy that a checkpoint passes whose blocks differ here and there', async () => {
    const lengths = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`layers.${i}.weight`, [2, 3, 7].includes(i) ? 5 : 4]),
    )
    await writeFile('uneven.safetensors', vectorsFile(lengths))
    await runCli(['init', 'uneven.safetensors', '--force'])
    expect((await readFile('sdinspect.yaml')).toString()).toContain('"layers.{0,1,4..6,8..11}.weight"')
    expect(await runCli(['check'])).toMatchObject({ code: 0 })
  })

  const layers = { 'layers.0.weight': 4, 'layers.1.weight': 4, 'head.weight': 8, 'head.bias': 2 }
  const damage: Readonly<Record<string, readonly [Readonly<Record<string, number>>, string]>> = {
    'a layer lost': [{ 'layers.0.weight': 4, 'head.weight': 8, 'head.bias': 2 }, 'tensors/count'],
    'a layer renamed': [{ ...layers, 'layers.0.weight': 4, 'head.offset': 2 }, 'tensors/unexpected'],
    'a vocabulary resized': [{ ...layers, 'head.weight': 9 }, 'tensors/shape'],
    'a tensor lost': [{ 'layers.0.weight': 4, 'layers.1.weight': 4, 'head.weight': 8 }, 'tensors/required'],
    'a prefix added': [
      Object.fromEntries(Object.entries(layers).map(([name, length]) => [`module.${name}`, length])),
      'contents/prefix',
    ],
    'an adapter left in': [
      { ...layers, 'head.lora_A.weight': 4, 'head.lora_B.weight': 4 },
      'tensors/unexpected',
    ],
  }

  test('writes a policy that plausible damage fails', async () => {
    await writeFile('model.safetensors', vectorsFile(layers, { format: 'pt' }))
    expect((await runCli(['init', 'model.safetensors', '--force'])).code).toBe(0)
    expect((await runCli(['check'])).code).toBe(0)
    for (const [what, [entries, rule]] of Object.entries(damage)) {
      await writeFile('model.safetensors', vectorsFile(entries, { format: 'pt' }))
      const { code, out } = await runCli(['check', '--json'])
      expect([what, code]).toEqual([what, 1])
      expect(out, what).toContain(`"rule":"${rule}"`)
    }
    await writeFile('model.safetensors', vectorsFile(layers))
    expect((await runCli(['check'])).out).toContain('metadata/required')
  })

  test('keeps a policy that is there, and learns from nothing that is broken', async () => {
    await writeFile('sdinspect.yaml', 'version: 1\n')
    await writeFile('model.safetensors', vectorsFile(layers))
    expect((await runCli(['init', 'model.safetensors'])).code).toBe(2)
    expect(await readFile('sdinspect.yaml', 'utf8')).toBe('version: 1\n')
    await writeFile('model.safetensors', (await readFile('model.safetensors')).subarray(0, 50))
    expect((await runCli(['init', 'model.safetensors', '--force'])).code).toBe(1)
    expect(await readFile('sdinspect.yaml', 'utf8')).toBe('version: 1\n')
  })

  test('quotes names so that the policy says what they are, whatever they are', async () => {
    const names = [...new Set(nastyNames.filter((name) => name.length < 1_000 && !/\p{Cs}/u.test(name)))]
    const entries = Object.fromEntries(names.map((name) => [`a.${name}`, ['F32', [2]] as const]))
    const library = libraryOf({ model: checkpointOf(entries) })
    const written = await runCli(['init', 'model', '-o', 'nasty.yaml'], { library })
    expect([written.code, written.err]).toEqual([0, ''])
    const text = await readFile('nasty.yaml', 'utf8')
    expect(text).toMatch(/^[\n\x20-\x7e]*$/)
    expect(parsePolicy(text, 'nasty.yaml').policy.tensors).toHaveLength(names.length)
    const { out } = await runCli(['check', 'model', '-c', 'nasty.yaml', '--json'], { library })
    const rules = JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule)
    expect([...new Set(rules)]).toEqual(['contents/strange-name'].filter((rule) => rules.includes(rule)))
  })
})
