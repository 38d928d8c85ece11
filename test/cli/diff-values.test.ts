import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-diff-values-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pt = 'fixtures/values/same.pt'
const safetensors = 'fixtures/values/same.safetensors'

/** The same file with one bit of its last value flipped: of the tensor that is last in the data. */
function flipped(): string {
  const bytes = readFileSync(safetensors)
  const at = bytes.length - 1
  bytes[at] = (bytes[at] as number) ^ 1
  const path = join(folder, 'flipped.safetensors')
  writeFileSync(path, bytes)
  return path
}

describe('diff --values', () => {
  test('says that values are the same, whatever the formats', async () => {
    const { code, out } = await runCli([
      'diff',
      pt,
      safetensors,
      '--values',
      '--keep',
      'linear.*',
      '--exit-code',
    ])
    expect(out).toContain('the same values in 1 tensor')
    expect(out).not.toContain('Values were not read')
    expect(code).toBe(0)
  })

  test('names the tensor in which one bit is another', async () => {
    const { code, out } = await runCli(['diff', safetensors, flipped(), '--values', '--exit-code'])
    expect(out).toMatch(/other values in 1 tensor, the same in 7\n {2}~ \S+/)
    expect(code).toBe(1)
    const { out: json } = await runCli(['diff', safetensors, flipped(), '--values', '--json'])
    const { same, valuesCompared } = JSON.parse(json)
    expect(same).toBe(false)
    expect(valuesCompared).toMatchObject({ same: 7, notComparable: 0 })
    expect(valuesCompared.different).toHaveLength(1)
    expect((await runCli(['diff', safetensors, flipped(), '--exit-code'])).code).toBe(0)
  })

  test('compares renamed tensors, and tells those of another type or shape apart', async () => {
    const { out } = await runCli([
      'diff',
      'fixtures/torch/state_dict.pt',
      'fixtures/torch/module.pt',
      '--values',
      '--json',
    ])
    expect(JSON.parse(out).valuesCompared).toEqual({ same: 32, different: [], notComparable: 0 })
    const other = await runCli([
      'diff',
      'fixtures/torch/state_dict.pt',
      'fixtures/torch/ddp.pt',
      '--values',
      '--json',
    ])
    const { valuesCompared, matched } = JSON.parse(other.out)
    expect(valuesCompared.same + valuesCompared.different.length + valuesCompared.notComparable).toBe(matched)
  })

  test('gives no verdict where one side has no values', async () => {
    const { code, out, err } = await runCli([
      'diff',
      'fixtures/manifest.json',
      'fixtures/values.json',
      '--values',
    ])
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain('which only describes it')
  })
})
