import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const row = (out: string, name: string): string[] =>
  (out.split('\n').find((line) => line.includes(name)) ?? '').trim().split(/ {2,}/)

describe('several checkpoints', () => {
  test('are a row each before their trees', async () => {
    const { out, code } = await runCli(['fixtures/bert', 'fixtures/cnn.safetensors', '--depth', '1'])
    expect(code).toBe(0)
    const [head] = out.split('\n\n')
    // The live models' numbers: fixtures/bert.truth.json, fixtures/cnn.safetensors.truth.json.
    expect(row(head ?? '', 'fixtures/bert')).toEqual([
      'fixtures/bert',
      '28,210',
      '≤ 28,210',
      '0',
      '0.12',
      'F32',
    ])
    expect(row(head ?? '', 'fixtures/cnn')).toEqual([
      'fixtures/cnn.safetensors',
      '469,688',
      '≤ 469,688',
      '2,095',
      '1.90',
      'F32, I64',
    ])
    expect(head).not.toContain('together')
  })

  test('keep names and numbers whole in a narrow terminal, rounded where they have no room', async () => {
    const { out } = await runCli(['fixtures/bert', 'fixtures/cnn.safetensors'], {
      columns: 48,
      env: { TERM: 'xterm', NO_COLOR: '1' },
    })
    const [head = ''] = out.split('\n\n')
    for (const line of head.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    expect(head).toContain('fixtures/cnn.safetensors')
  })

  test('that are one are not compared', async () => {
    const { out } = await runCli(['fixtures/bert', '--depth', '1'])
    expect(out).not.toContain('Checkpoint')
  })

  test('of a pipeline are added up, each part once whatever its types', async () => {
    const folder = temporaryFolder()
    for (const [part, file] of [
      ['unet', 'model.safetensors'],
      ['unet', 'model.fp16.safetensors'],
      ['vae', 'model.safetensors'],
    ] as const) {
      mkdirSync(join(folder, part), { recursive: true })
      cpSync(
        part === 'vae' ? 'fixtures/cnn.safetensors' : 'fixtures/bert/model.safetensors',
        join(folder, part, file),
      )
    }
    const { out } = await runCli([folder, '--depth', '1'])
    expect(row(out, 'together')).toEqual([
      'together, each part once',
      (28_210 + 469_688).toLocaleString('en-US'),
      '2,095',
      '2.01',
    ])
  })

  test('below a folder that has one itself are named', async () => {
    const folder = temporaryFolder()
    for (const to of ['', 'checkpoint-1', 'checkpoint-2'])
      cpSync('fixtures/bert', join(folder, to), { recursive: true })
    mkdirSync(join(folder, 'logs'))
    const { err, code } = await runCli([folder, '--depth', '1'])
    expect(code).toBe(0)
    expect(err).toContain('2 folders below with checkpoints of their own: checkpoint-1, checkpoint-2;')
    expect((await runCli([folder, '--json'])).err).toBe('')
    expect((await runCli(['fixtures/bert', '--depth', '1'])).err).toBe('')
  })
})
