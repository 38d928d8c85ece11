import { expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const file = 'fixtures/torch/module.pt'
const env = { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' }
/** What stands between the rule and the tree. */
const told = (out: string) => /security\/pickle-globals\n(.*?)\n\n/s.exec(out)?.[1]?.split('\n') ?? []

it('tells in a terminal in four lines at most that a module was pickled', async () => {
  const { out } = await runCli([file], { columns: 80, env })
  expect(told(out).length).toBeGreaterThan(1)
  expect(told(out).length).toBeLessThanOrEqual(4)
  expect(told(out).join(' ')).toMatch(/11 classes or functions: .*__main__\.Net.* and 9 more/)
  expect(told(out).join(' ')).toContain('sdinspect check lists all')
})

it.each([
  ['--all', [file, '--all'], { columns: 80, env }],
  ['check', ['check', file], { columns: 80, env }],
  ['a pipe', [file], {}],
  ['JSON', [file, '--json'], {}],
] as const)('keeps the call that torch needs in %s', async (_, argv, around) => {
  const { out } = await runCli(argv, around)
  const text = out.replaceAll(/\s+/g, ' ')
  expect(text).toContain('torch.serialization.add_safe_globals([__main__.Net,')
  expect(text).toContain('torch.nn.modules.sparse.Embedding])')
  expect(text).toContain('_modules.stem._modules.2')
})
