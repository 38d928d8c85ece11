import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-no-verdict-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const model = 'fixtures/cnn.safetensors'

test('a rule that is asked for and cannot be answered leaves no verdict', async () => {
  const asked = await runCli(['check', model, '--rule', 'values/finite=error', '--exit-zero'])
  expect(asked.code).toBe(2)
  expect(asked.err).toContain('values/finite was asked for and cannot be answered: the values')
  const policy = join(folder, 'sdinspect.yaml')
  await writeFile(policy, 'version: 1\nrules:\n  values/finite: error\n')
  expect((await runCli(['check', model, '--config', policy])).code).toBe(2)
})

test('a rule nobody asked for is skipped, and so is one that is off', async () => {
  const { code, out } = await runCli(['check', model])
  expect(code).toBe(0)
  expect(out).toMatch(/\d skipped: .*values of tensors are not read/)
  expect((await runCli(['check', model, '--rule', 'values/finite=off'])).code).toBe(0)
  const policy = join(folder, 'strict.yaml')
  await writeFile(policy, 'version: 1\nextends: sdinspect:strict\n')
  expect((await runCli(['check', model, '--config', policy])).err).not.toContain('cannot be answered')
})

test('the reason why there is no verdict is in the report, escaped, with one blank line around it', async () => {
  const { code, out } = await runCli(['check', join(folder, 'no\nwhere.safetensors')])
  expect(code).toBe(2)
  expect(out).toMatch(/could not be checked\n\n {4}\S.*not.*\n/)
  expect(out).not.toContain('no\nwhere')
  expect(out).not.toContain('\n\n\n')
})
