import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseBaseline } from '../src/check/findings/parse-baseline.ts'
import { check, parsePolicy, reportFormats, reportText } from '../src/gate.ts'
import { parseLock } from '../src/lock/parse-lock.ts'
import { formatsOf } from '../src/render/renderers.ts'
import { runCli } from './helpers/run-cli.ts'

let folder: string
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdinspect-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const sound = 'fixtures/cnn.safetensors'

describe('a check by a program', () => {
  test('comes to what the command line comes to, in every format', async () => {
    const report = await check([sound, 'fixtures/torch/ddp.pt'])
    expect(report.summary.warnings).toBeGreaterThan(0)
    for (const format of reportFormats) {
      const { out } = await runCli(['check', '-c', 'none', '-f', format, sound, 'fixtures/torch/ddp.pt'])
      expect(await reportText(report, format), format).toBe(out)
    }
  })

  test('has the formats that CI reads', () => {
    expect(formatsOf('check')).toEqual(expect.arrayContaining([...reportFormats]))
  })

  test('holds to a policy, and to levels that are given', async () => {
    const policy = file('p.yaml', 'version: 1\nforbidden: ["conv1.**"]\n')
    expect((await check([sound], { policy })).status).toBe('fail')
    expect((await check([sound], { policy, rules: { 'tensors/forbidden': 'off' } })).status).toBe('pass')
    expect((await check([sound], { policy, failOn: 'never' })).status).toBe('pass')
    await expect(check([sound], { rules: { 'a/b': 'off' } })).rejects.toMatchObject({
      code: 'usage/arguments',
    })
    await expect(check([])).rejects.toMatchObject({ code: 'usage/arguments' })
  })

  test('refuses an option that it does not have', async () => {
    const options = { polcy: 'strict.yaml' } as object
    await expect(check(['fixtures/bert'], options)).rejects.toMatchObject({
      code: 'usage/arguments',
      message: 'check has no option "polcy"',
      hint: expect.stringContaining('policy'),
    })
  })

  test('ends with the reason of its signal', async () => {
    await expect(check([sound], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    const ending = new AbortController()
    const running = check(
      Array.from({ length: 50 }, () => sound),
      { signal: ending.signal },
    )
    ending.abort(new Error('enough by now'))
    await expect(running).rejects.toThrow('enough by now')
  })

  test('reads a policy from its text', async () => {
    expect((await parsePolicy('version: 1\n')).policy.version).toBe(1)
  })
})

describe('a file of another version is refused with what writes it again:', () => {
  test('a policy', async () => {
    await expect(parsePolicy('version: 2\n')).rejects.toMatchObject({
      code: 'usage/policy',
      hint: expect.stringContaining('sdinspect init'),
    })
  })

  test('a lock', () => {
    expect(() => parseLock('sdinspect-lock 2\n')).toThrow(
      expect.objectContaining({ code: 'usage/lock', hint: expect.stringContaining('sdinspect lock PATH') }),
    )
  })

  test('a baseline', async () => {
    expect(parseBaseline('{"command":"check","schemaVersion":2,"findings":[]}')).toContain('another version')
    const baseline = file('b.json', '{"command":"check","schemaVersion":2,"findings":[]}')
    const { code, err } = await runCli(['check', '-c', 'none', '--baseline', baseline, sound])
    expect([code, err]).toEqual([2, expect.stringContaining('sdinspect check --json -o FILE')])
  })

  test('a report', async () => {
    const report = file('r.json', '{"schemaVersion":2,"stateDicts":[]}')
    const { code, err } = await runCli(['inspect', report])
    expect([code, err]).toEqual([2, expect.stringContaining('write it again')])
  })
})

test('- as the file of a report is standard output', async () => {
  const { out } = await runCli(['check', '-c', 'none', '--report', 'tap=-', sound])
  expect(out).toMatch(/^TAP version 14/)
  const answer = await runCli(['check', '-c', 'none', '-f', 'tap', '-o', '-', sound])
  expect(answer.out).toBe(out)
})
