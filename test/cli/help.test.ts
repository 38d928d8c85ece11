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

  it('names the limits where it takes --limit', async () => {
    const { out } = await runCli([name, '--help'])
    for (const [limit, value] of Object.entries(defaultLimits))
      expect(out.includes(` ${limit}=${value}`)).toBe((flags as readonly string[]).includes('limits'))
  })
})

it('says what a flag is without being given', async () => {
  const help = async (name: string) => (await runCli([name, '--help'])).out.replaceAll(/\s+/g, ' ')
  expect(await help('check')).toContain('fails the check (error, warning, info, never; default: error)')
  expect(await help('lock')).toContain('the lock (default: sdinspect.lock)')
  expect(await help('inspect')).toContain('how to answer (text, json, ndjson, md, csv; default: text)')
})
