import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packedOrPlain } from '../helpers/packed-files.ts'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-untrained-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const terminal = { columns: 160, env: { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' } }

// fixtures/torch/with_optimizer.pt: its stem (760 parameters) required no gradient, and Adam was given the rest.
test('the totals say what no optimizer of the file was given, and the first line counts all of its tensors', async () => {
  const { out } = await runCli(['fixtures/torch/with_optimizer.pt'], terminal)
  expect(out).toMatch(
    /^Non-trainable params: +not recorded +760 were not trained, as recognised: no optimizer/m,
  )
  expect(out).toMatch(/^torch · 26,019 parameters · 98 tensors in 2 state dicts · /m)
})

test('they say nothing of it where the file says what trains, or nothing does', async () => {
  const named = join(folder, 'named_optimizer.pt')
  writeFileSync(named, packedOrPlain('fixtures/torch/named_optimizer.pt'))
  for (const path of ['fixtures/torch/module.pt', 'fixtures/torch/state_dict.pt', named])
    expect((await runCli([path], terminal)).out).not.toContain('were not trained')
})
