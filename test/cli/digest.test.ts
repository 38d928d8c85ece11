import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { schemaErrors } from '../helpers/report-schema.ts'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-digest-'))
afterAll(() => rmSync(folder, { recursive: true }))

const at = (name: string) => `fixtures/values/${name}`
const lines = (text: string) => text.split('\n').filter((line) => line !== '')

describe('digest', () => {
  test('writes a line for each checkpoint, as sha256sum does', async () => {
    const { code, out } = await runCli(['digest', at('same.pt'), at('same.safetensors')])
    expect(code).toBe(0)
    const [first, second] = lines(out)
    expect(first).toMatch(/^[0-9a-f]{64} {2}fixtures\/values\/same\.pt$/)
    expect(second).toBe(`${first?.slice(0, 64)}  ${at('same.safetensors')}`)
  })

  test('writes contents, tensors and JSON', async () => {
    const contents = await runCli(['digest', at('same.pt'), at('same-untied.safetensors'), '--contents'])
    expect(new Set(lines(contents.out).map((line) => line.slice(0, 64))).size).toBe(1)
    const tensors = await runCli(['digest', at('same.pt'), '--tensors'])
    expect(lines(tensors.out)[0]).toMatch(/^[0-9a-f]{64} {2}embed\.weight$/)
    expect(lines(tensors.out)).toHaveLength(8)
    for (const argv of [['--json'], ['--json', '--tensors'], ['-f', 'ndjson']]) {
      const { out } = await runCli(['digest', at('same.pt'), ...argv])
      expect(schemaErrors(JSON.parse(out), 'digest')).toBeNull()
    }
  })

  test('reads every checkpoint of a folder, below the first too, and compares them again', async () => {
    const run = join(folder, 'run')
    mkdirSync(join(run, 'checkpoint-4/original'), { recursive: true })
    copyFileSync(at('same.safetensors'), join(run, 'model.safetensors'))
    copyFileSync(at('same-untied.safetensors'), join(run, 'checkpoint-4/model.safetensors'))
    copyFileSync(at('same.pt'), join(run, 'checkpoint-4/original/consolidated.00.pth'))
    const { code, out } = await runCli(['digest', run])
    expect(code).toBe(0)
    expect(lines(out).map((line) => line.slice(66 + run.length))).toEqual([
      '',
      '/checkpoint-4/model.safetensors',
      '/checkpoint-4/original/consolidated.00.pth',
    ])
    const sums = join(folder, 'RUN-SUMS')
    writeFileSync(sums, out)
    const again = await runCli(['digest', '--check', sums])
    expect([again.code, lines(again.out).every((line) => line.endsWith(': OK'))]).toEqual([0, true])
    copyFileSync(at('types.safetensors'), join(run, 'checkpoint-4/model.safetensors'))
    expect((await runCli(['digest', '--check', sums])).code).toBe(1)
  })

  test('answers for the others where one has no values', async () => {
    const { code, out, err } = await runCli(['digest', 'fixtures/manifest.json', at('same.pt')])
    expect(code).toBe(2)
    expect(lines(out)).toHaveLength(1)
    expect(err).toContain('which only describes it')
  })
})

describe('digest --check', () => {
  const check = async (text: string) => {
    const file = join(folder, 'SUMS')
    writeFileSync(file, text)
    const { code, out, err } = await runCli(['digest', '--check', file])
    return { code, out, err }
  }

  test('says of each whether it is the same', async () => {
    const { out: sums } = await runCli(['digest', at('same.pt'), at('views.pt')])
    expect(await check(sums)).toMatchObject({ code: 0, out: `${at('same.pt')}: OK\n${at('views.pt')}: OK\n` })
    const moved = sums.replace(at('same.pt'), at('same-untied.safetensors'))
    expect(await check(moved)).toMatchObject({
      code: 1,
      out: `${at('same-untied.safetensors')}: FAILED\n${at('views.pt')}: OK\n`,
    })
    const { out: contents } = await runCli(['digest', at('same.pt'), '--contents'])
    expect(await check(contents.replace('same.pt', 'same-untied.safetensors'))).toMatchObject({
      code: 0,
      out: `${at('same-untied.safetensors')}: OK, whatever the names\n`,
    })
  })

  test('gives no verdict on what it cannot read', async () => {
    const { out: sums } = await runCli(['digest', at('same.pt')])
    expect(await check(sums.replace('same.pt', 'gone.pt'))).toMatchObject({ code: 2, out: '' })
    expect(await check('not a digest')).toMatchObject({ code: 2, out: '' })
    expect(await check('')).toMatchObject({ code: 2, out: '' })
    expect((await runCli(['digest', '--check', join(folder, 'nothing')])).code).toBe(2)
  })
})
