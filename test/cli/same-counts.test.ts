import { expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const run = async (...argv: string[]) => JSON.parse((await runCli(argv)).out)

// What each stands for, by its README and the modules it was written from: of the model, copies and optimizers apart.
it.each([
  ['fixtures/gptq', 6_336],
  ['fixtures/torch/averaged-list.pt', 8],
  ['fixtures/torch/with_optimizer.pt', 26_019],
])('every command counts the same parameters in %s', async (path, parameters) => {
  const [{ stateDicts }, { checkpoints }, { a }] = await Promise.all([
    run('inspect', '--json', path),
    run('check', '--json', path),
    run('diff', '--json', path, path),
  ])
  expect(stateDicts[0].totals.logicalParameters).toBe(parameters)
  expect(checkpoints[0].parameters).toBe(parameters)
  expect(a.parameters).toBe(parameters)
})
