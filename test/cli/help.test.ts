import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { defaultLimits } from '../../src/limits.ts'
import { runCli } from '../helpers/run-cli.ts'

describe.each(commands)('$name --help', ({ name, flags, examples }) => {
  it('keeps within a terminal of 80 columns', async () => {
    const { out } = await runCli([name, '--help'])
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('shows three examples at least', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3)
  })

  it('says where the limits are told, where it takes --limit', async () => {
    const { out } = await runCli([name, '--help'])
    expect(/^Limits/m.test(out)).toBe((flags as readonly string[]).includes('limits'))
    expect(out.includes('sdinspect inspect --help')).toBe(name !== 'inspect' && /^Limits/m.test(out))
  })

  it.each([40, 60, 100])('keeps within %d columns, but for commands to copy', async (columns) => {
    const { out } = await runCli([name, '--help'], { columns })
    const long = out.split('\n').filter((line) => line.length > columns)
    expect(long.filter((line) => !/^(?: {2}|Usage: )sdinspect /.test(line))).toEqual([])
    for (const [line] of examples) expect(out).toContain(line.trim())
  })
})

it('names every limit, and what it is without --limit', async () => {
  const { out } = await runCli(['inspect', '--help'])
  for (const [limit, value] of Object.entries(defaultLimits)) expect(out).toContain(` ${limit}=${value}`)
})

it.each([40, 60, 80, 100])('tells of the program within %d columns', async (columns) => {
  const { out } = await runCli(['--help'], { columns })
  const long = out.split('\n').filter((line) => line.length > columns)
  expect(long.filter((line) => !line.startsWith('  sdinspect '))).toEqual([])
  for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name}(?: |$)`, 'm'))
})

it.each([
  ['missing.safetensors'],
  ['inspect', 'fixtures/cnn.safetensors', '--limit', 'xyz=1'],
  ['check', 'missing.safetensors', '--fail-on', 'never'],
  ['inspect', 'fixtures/cnn.safetensors', '--no-such-flag'],
])('breaks what it says on standard error where that is a terminal: %s', async (...argv) => {
  const piped = await runCli(argv)
  for (const columns of [40, 60, 80, 100]) {
    const { err } = await runCli(argv, { errColumns: columns })
    expect(err.split('\n').filter((line) => line.length > columns)).toEqual([])
    expect(err.replace(/\n +(?! |hint:)/g, ' ')).toBe(piped.err)
  }
})

it('says what a flag is without being given', async () => {
  const help = async (name: string) => (await runCli([name, '--help'])).out.replaceAll(/\s+/g, ' ')
  expect(await help('check')).toContain('fails the check (error, warning, info, never; default: error)')
  expect(await help('lock')).toContain('the lock (default: sdinspect.lock)')
  expect(await help('inspect')).toContain('how to answer (text, json, ndjson, md, csv; default: text)')
})
