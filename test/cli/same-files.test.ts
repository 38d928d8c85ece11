import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CheckReport } from '../../src/check/check-report.ts'
import { runCli } from '../helpers/run-cli.ts'

let folder: string
const at = (...parts: string[]): string => join(folder, ...parts)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdinspect-same-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function checked(...args: string[]): Promise<CheckReport & { readonly code: number }> {
  const { out, code } = await runCli(['check', '--json', ...args])
  return { ...JSON.parse(out), code }
}

const namesOf = ({ checkpoints }: CheckReport): (string | readonly string[])[] =>
  checkpoints.map(({ path, otherNames = [] }) => [path, ...otherNames])

const model = 'fixtures/cnn.safetensors'

describe('the same files under several names', () => {
  test('are checked once: links, hard links, and folders behind links, of which the real one counts', async () => {
    mkdirSync(at('runs/b'), { recursive: true })
    cpSync(model, at('runs/b/step-9.safetensors'))
    symlinkSync('step-9.safetensors', at('runs/b/best.safetensors'))
    linkSync(at('runs/b/step-9.safetensors'), at('runs/b/z.safetensors'))
    symlinkSync('b', at('runs/a'))
    symlinkSync('.', at('runs/self'))
    const report = await checked(at('runs'))
    expect(namesOf(report)).toEqual([['step-9', 'z', 'best'].map((name) => at(`runs/b/${name}.safetensors`))])
    expect(report.left).toEqual([
      { path: at('runs/a'), why: `the same folder as ${at('runs/b')}` },
      { path: at('runs/self'), why: `the same folder as ${at('runs')}` },
    ])
    expect(report.summary.coverage).toMatchObject({ checkpoints: 1, tensors: 92 })
    const { out } = await runCli(['check', at('runs')])
    expect(out).toContain(`the same files: ${at('runs/b/z.safetensors')}, ${at('runs/b/best.safetensors')}`)
  })

  test('are checked once where several arguments lead to them', async () => {
    cpSync(model, at('model.safetensors'))
    symlinkSync('model.safetensors', at('link.safetensors'))
    mkdirSync(at('set'))
    cpSync('fixtures/gpt2-sharded', at('set'), { recursive: true })
    const file = at('model.safetensors')
    expect(namesOf(await checked(at('link.safetensors'), file, file))).toEqual([
      [file, at('link.safetensors')],
    ])
    // A shard is in the check of its set, whichever comes first.
    const shard = at('set/model-00001-of-00007.safetensors')
    for (const paths of [
      [at('set'), shard],
      [shard, at('set')],
    ])
      expect(namesOf(await checked(...paths))).toEqual([[at('set'), shard]])
  })

  test('are said to be at fault once', async () => {
    writeFileSync(at('a.safetensors'), readFileSync(model).subarray(0, 20_000))
    symlinkSync('a.safetensors', at('b.safetensors'))
    const report = await checked(at('b.safetensors'), at('a.safetensors'))
    expect(report.code).toBe(1)
    expect(report.findings.map(({ rule, path }) => [rule, path])).toEqual([
      ['format/valid', at('a.safetensors')],
    ])
  })

  test('are read once for their values', async () => {
    cpSync(model, at('a.safetensors'))
    symlinkSync('a.safetensors', at('b.safetensors'))
    const report = await checked('--values', at('a.safetensors'), at('b.safetensors'))
    const [one] = (await checked('--values', at('a.safetensors'))).checkpoints
    expect(report.summary.coverage.values).toMatchObject({ tensors: one?.tensors, tensorsRead: one?.tensors })
    expect(namesOf(report)).toEqual([[at('a.safetensors'), at('b.safetensors')]])
  })

  test('are told apart where a name or what stands beside them means another thing', async () => {
    for (const name of ['one', 'two', 'three']) mkdirSync(at(name))
    cpSync('fixtures/bert', at('one'), { recursive: true })
    for (const name of ['two', 'three'])
      symlinkSync('../one/model.safetensors', at(name, 'model.safetensors'))
    const config = JSON.parse(readFileSync(at('one/config.json'), 'utf8'))
    writeFileSync(at('two/config.json'), JSON.stringify({ ...config, vocab_size: config.vocab_size + 7 }))
    symlinkSync('../one/config.json', at('three/config.json'))
    symlinkSync('model.safetensors', at('one/model.pt'))
    const report = await checked(folder)
    expect(namesOf(report)).toEqual([
      [at('one/model.pt')],
      [at('one/model.safetensors'), at('three/model.safetensors')],
      [at('two/model.safetensors')],
    ])
    expect(report.findings.map(({ rule, path }) => [rule, path])).toEqual([
      ['config/vocabulary', at('two/model.safetensors')],
      ['format/wrong-name', at('one/model.pt')],
    ])
  })

  test('are held to what a policy says of each of their names', async () => {
    for (const name of ['trusted', 'other']) mkdirSync(at(name))
    cpSync('fixtures/torch/module.pt', at('trusted/model.pt'))
    symlinkSync('../trusted/model.pt', at('other/model.pt'))
    const allow = (files: string): string =>
      `version: 1\nrules: { security/pickle-globals: error }\nimports:\n  - { names: ["torch.**", "__main__.**"], files: [${files}], reason: ours }\n`
    const paths = [at('trusted/model.pt'), at('other/model.pt')]
    writeFileSync(at('p.yaml'), allow('"trusted/**"'))
    expect(await checked('-c', at('p.yaml'), ...paths)).toMatchObject({ code: 1 })
    writeFileSync(at('p.yaml'), allow('"**"'))
    const both = await checked('-c', at('p.yaml'), ...paths)
    expect(both.code).toBe(0)
    expect(both.checkpoints).toHaveLength(1)
    const limit = 'version: 1\noverrides:\n  - { files: ["other/**"], counts: { parameters: 1 } }\n'
    writeFileSync(at('p.yaml'), limit)
    expect(await checked('-c', at('p.yaml'), ...paths)).toMatchObject({ code: 1 })
  })

  test('are known to a baseline under the name it was written with', async () => {
    cpSync('fixtures/torch/ddp.pt', at('a.pt'))
    symlinkSync('a.pt', at('b.pt'))
    const args = ['--fail-on', 'warning', at('a.pt'), at('b.pt')]
    expect(await runCli(['check', '--json', '-o', at('known.json'), ...args])).toMatchObject({ code: 1 })
    expect(await runCli(['check', '--baseline', at('known.json'), ...args])).toMatchObject({ code: 0 })
  })
})
