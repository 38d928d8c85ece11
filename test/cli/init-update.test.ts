import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { vectorsFile } from '../helpers/shards.ts'

const home = process.cwd()
const fixture = (name: string) => resolve(home, 'fixtures', name)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-update-'))
  process.chdir(folder)
})
afterAll(async () => {
  process.chdir(home)
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => rm('sdinspect.yaml', { force: true }))

const policy = () => readFile('sdinspect.yaml', 'utf8')
async function edited(change: (text: string) => string): Promise<string> {
  const text = change(await policy())
  await writeFile('sdinspect.yaml', text)
  return text
}

describe('sdinspect init --update', () => {
  const models = ['bert', 'cnn.safetensors', 'torch/ddp.pt', 'gptq', 'vit-bf16.safetensors']
  test.each(models)('makes of any policy one that %s passes, and comes back to the same', async (name) => {
    for (const other of models) {
      await runCli(['init', fixture(other), '--force'])
      const before = (await policy()).replace(/^paths: .*$/m, 'paths: []')
      await writeFile('sdinspect.yaml', before)
      const { code, err } = await runCli(['init', fixture(name), '--update'])
      expect([code, err]).toEqual([0, expect.stringMatching(/updated|as it would be learnt/)])
      const checked = await runCli(['check', fixture(name)])
      // A state dict that was chosen by its path, or a metadata key that the other has not, is no number to learn.
      if (!/^(stateDict|metadata):/m.test(before)) expect(checked.out).toMatch(/^✔ no findings/m)
      await runCli(['init', fixture(other), '--update'])
      const lines = (text: string) => text.split('\n').sort()
      expect(lines(await policy()).filter((line) => !/: off/.test(line))).toEqual(
        lines(before).filter((line) => !/: off/.test(line)),
      )
    }
  })

  test('says which rules it turned off', async () => {
    // A tensor without a name is a warning, and no error.
    await writeFile('a.safetensors', vectorsFile({ weight: 8 }))
    await writeFile('b.safetensors', vectorsFile({ weight: 8, '': 3 }))
    expect((await runCli(['init', 'a.safetensors'])).err).not.toContain('turned off')
    const updated = await runCli(['init', 'b.safetensors', '--update'])
    expect([updated.code, updated.err]).toEqual([
      0,
      expect.stringContaining('turned off, because this checkpoint breaks it: format/empty-name'),
    ])
    expect(await policy()).toMatch(/^ {2}format\/empty-name: off {2}# the checkpoint/m)
  })

  test('keeps what was written by hand, to the character, and says what of it does not fit', async () => {
    await writeFile('a.safetensors', vectorsFile({ 'head.weight': 8, 'head.bias': 2, old: 3 }))
    await writeFile('b.safetensors', vectorsFile({ 'head.weight': 9, 'head.bias': 2, new: 5 }))
    await runCli(['init', 'a.safetensors'])
    const before = await edited((text) =>
      text
        .replace(/parameters: 13/, 'parameters:   12 ± 10 %   # about')
        .replace(/^ *total:.*$/m, '  total: ≤ 1 GB')
        .replace('extends: sdinspect:recommended', 'extends:   "sdinspect:strict"')
        .concat('\nforbidden:   [ "**.lora_*" ]\n'),
    )
    const { code, err } = await runCli(['init', 'b.safetensors', '--update'])
    expect(code).toBe(0)
    expect(err).toContain('kept as you wrote it: counts.parameters')
    const [was, is] = [before, await policy()].map((text) => new Set(text.split('\n')))
    const gone = [...(was as Set<string>)].filter((line) => !is?.has(line))
    const come = [...(is as Set<string>)].filter((line) => !was?.has(line))
    expect(gone).toEqual([
      expect.stringContaining('"head.weight", dtype: F32, shape: [8]'),
      expect.stringContaining('"old"'),
    ])
    expect(come).toEqual([
      expect.stringContaining('"head.weight", dtype: F32, shape: [9]'),
      expect.stringContaining('"new"'),
    ])
  })

  test('leaves entries of another form, and what was taken out', async () => {
    await writeFile('a.safetensors', vectorsFile({ 'head.weight': 8, old: 3 }))
    await writeFile('b.safetensors', vectorsFile({ 'head.weight': 9 }))
    await runCli(['init', 'a.safetensors'])
    await edited((text) =>
      text
        .replace(/^counts:\n(?: .*\n)+/m, '')
        .replace('shape: [8]', 'shape: ["*"]')
        .replace('{ match: "old",', '{ match: "old", required: false,'),
    )
    const before = await policy()
    const { err } = await runCli(['init', 'b.safetensors', '--update'])
    expect(err).toContain('sdinspect.yaml is as it would be learnt')
    expect(err).toContain('kept as you wrote it: tensors head.weight: shape')
    expect(await policy()).toBe(before)
    expect((await runCli(['check', 'b.safetensors'])).code).toBe(0)
  })

  test('wants a policy that is there and sound', async () => {
    const missing = await runCli(['init', fixture('cnn.safetensors'), '--update'])
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('no sdinspect.yaml to update')])
    await writeFile('sdinspect.yaml', 'version: 2\n')
    expect((await runCli(['init', fixture('cnn.safetensors'), '--update'])).code).toBe(2)
    expect(await policy()).toBe('version: 2\n')
  })
})

test('init -o - writes to standard output, and no file', async () => {
  const { code, out } = await runCli(['init', fixture('cnn.safetensors'), '-o', '-'])
  expect([code, out]).toEqual([0, expect.stringContaining('version: 1\n')])
  await expect(policy()).rejects.toMatchObject({ code: 'ENOENT' })
})
