import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdinspect-unread-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function rules(): Promise<{ readonly code: number; readonly rules: string[] }> {
  const { out, code } = await runCli(['check', '--json', folder])
  const { findings } = JSON.parse(out) as { findings: { level: string; rule: string }[] }
  return { code, rules: [...new Set(findings.map(({ level, rule }) => `${level} ${rule}`))] }
}

describe('parts of a checkpoint that nobody looks at', () => {
  test('a shard is not what its name says', async () => {
    cpSync('fixtures/gpt2-sharded', folder, { recursive: true })
    cpSync('fixtures/torch/state_dict.pt', at('model-00002-of-00007.safetensors'))
    const found = await rules()
    expect(found.code).toBe(1)
    expect(found.rules).toContain('error format/wrong-name')
  })

  test('a file of a distributed checkpoint that nothing names', async () => {
    cpSync('fixtures/torch/dcp', folder, { recursive: true })
    expect(await rules()).toEqual({ code: 0, rules: [] })
    cpSync(at('__0_0.distcp'), at('__1_0.distcp'))
    expect(await rules()).toEqual({ code: 0, rules: ['warning torch-distributed/stray-file'] })
    writeFileSync(at('__1_0.distcp'), "cposix\nsystem\n(S'id'\ntR.")
    expect(await rules()).toEqual({
      code: 1,
      rules: ['error security/pickle-globals', 'warning torch-distributed/stray-file'],
    })
  })

  test('a file of safetensors without tensors', async () => {
    // save_file({}, …) of safetensors 0.8
    writeFileSync(at('model.safetensors'), '\x08\0\0\0\0\0\0\0{}      ')
    expect(await rules()).toEqual({ code: 1, rules: ['error contents/no-tensors'] })
  })

  test('an index that names no tensor, beside its shards', async () => {
    cpSync('fixtures/gpt2-sharded', folder, { recursive: true })
    const index = JSON.parse(readFileSync(at('model.safetensors.index.json'), 'utf8'))
    writeFileSync(at('model.safetensors.index.json'), JSON.stringify({ ...index, weight_map: {} }))
    const found = await rules()
    expect(found.code).toBe(1)
    expect(found.rules).toContain('error contents/no-tensors')
  })

  test('a kind of adapter that the tensors are not of', async () => {
    cpSync('fixtures/lora', folder, { recursive: true })
    expect((await rules()).code).toBe(0)
    const config = JSON.parse(readFileSync(at('adapter_config.json'), 'utf8'))
    writeFileSync(at('adapter_config.json'), JSON.stringify({ ...config, peft_type: 'LOHA' }))
    const found = await rules()
    expect(found.code).toBe(1)
    expect(found.rules).toContain('error lora/empty')
  })
})
