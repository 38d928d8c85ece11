import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { limitsWithReasons } from '../../scripts/man/limits.ts'
import { manualPage } from '../../scripts/man/page.ts'
import { flags } from '../../src/cli/arguments/flags.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { defaultLimits } from '../../src/limits.ts'
import { version } from '../../src/version.ts'

const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const page = text('man/sdinspect.1')

it('is that of the commands and flags there are (npm run docs writes it)', () => {
  const limits = limitsWithReasons(text('src/limits.ts'))
  expect(page).toBe(manualPage({ version, commands, limits }))
})

it('says of every command, flag and limit what it is', () => {
  for (const { name } of commands) expect(page).toMatch(new RegExp(`^\\.SS "${name}( |")`, 'm'))
  for (const { long } of Object.values(flags))
    expect(page).toContain(`\\fB${long.replaceAll('-', '\\-')}\\fR`)
  for (const name of Object.keys(defaultLimits))
    expect(page).toMatch(new RegExp(`^\\\\fB${name}=\\d+\\\\fR\\n\\S`, 'm'))
})

it('holds no request that its writer did not mean', () => {
  const requests = page.split('\n').filter((line) => /^[.']/.test(line))
  expect(requests.filter((line) => !/^\.(\\"|TH|SH|SS|PP|TP|BR?|RI|I|br)( |$)/.test(line))).toEqual([])
  const hostile = manualPage({
    version,
    commands: [
      { ...(commands[0] as (typeof commands)[0]), summary: '.so /etc/passwd\\', examples: [["'x", '.ex y']] },
    ],
    limits: [],
  })
  expect(hostile).not.toMatch(/^(\.so|\.ex|')/m)
})
