import { expect, test } from 'vitest'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { runCli } from '../helpers/run-cli.ts'

const named = packedFixture('fixtures/torch/named_optimizer.pt')

const terminal = { columns: 160, env: { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' } }

// fixtures/torch/with_optimizer.pt: its stem (760 parameters) required no gradient, and Adam was given the rest.
test('the totals say what no optimizer of the file was given, and the first line counts all of its tensors', async () => {
  const { out } = await runCli(['fixtures/torch/with_optimizer.pt'], terminal)
  expect(out).toMatch(
    /^Non-trainable params: +not recorded +760 were not trained, as recognised: no optimizer/m,
  )
  expect(out).toMatch(
    /^26,019 parameters · 104 kB · F32, I64\ntorch · 98 tensors in 2 state dicts · 335 kB$/m,
  )
})

test('they say nothing of it where the file says what trains, or nothing does', async () => {
  for (const path of ['fixtures/torch/module.pt', 'fixtures/torch/state_dict.pt', named])
    expect((await runCli([path], terminal)).out).not.toContain('were not trained')
})
