import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { packedFixture } from './helpers/packed-fixture.ts'
import { runCli } from './helpers/run-cli.ts'

const root = new URL('..', import.meta.url)
const transcripts = readdirSync(new URL('fixtures/transcripts', root))
const pages = ['before-download', 'gate', 'why-not-load', 'from-pytorch', 'compared'].map(
  (name) => `docs/${name}.md`,
)
const documents = ['README.md', ...pages, ...transcripts.map((name) => `fixtures/transcripts/${name}`)]

/** A command line and what it prints, in a fence of its own; below it how it ends, where that is not 0. */
const session = /^```console\n\$ (npx )?sdinspect (.*)\n([\s\S]*?)^```$(?:\n\nExit code (\d)\.$)?/gm

/** Kept compressed: it is read where it is unpacked, and told by its name. */
const values = 'fixtures/values.json'
const unpackedValues = packedFixture(values)

/** What a terminal of 100 columns without colours shows. */
const terminal = { columns: 100, env: { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' } }

async function run(npx: string, line: string): Promise<{ readonly shown: string; readonly code: number }> {
  const { code, out, err } = await runCli(
    wordsOf(line).map((word) => (word === values ? unpackedValues : word)),
    // What npm sets for what npx runs.
    npx === '' ? terminal : { ...terminal, env: { ...terminal.env, npm_command: 'exec' } },
  )
  // CSV ends lines with CR LF, which its own tests hold.
  return { shown: (out + err).replaceAll('\r\n', '\n').replaceAll(unpackedValues, values), code }
}

/** Words of a command line as a shell gives them, as far as quotes go. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? (match[2] as string))
}

describe.each(documents)('%s', (name) => {
  const file = fileURLToPath(new URL(name, root))
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
  const sessions = [...text.matchAll(session)]

  test('shows sessions, and nothing that only looks like one', () => {
    expect(sessions.length).toBeGreaterThan(0)
    expect(text.match(/^\$ (npx )?sdinspect.*/gm)?.length).toBe(sessions.length)
  })

  if (process.env.UPDATE === '1') {
    test('is rewritten with what sdinspect prints now', async () => {
      let updated = text
      for (const [whole, npx = '', line = ''] of sessions) {
        const { shown, code } = await run(npx, line)
        const command = whole.slice(0, whole.indexOf('\n', '```console\n'.length) + 1)
        const ending = code === 0 ? '' : `\n\nExit code ${code}.`
        updated = updated.replace(whole, () => `${command}${shown}\`\`\`${ending}`)
      }
      writeFileSync(file, updated)
    })
    return
  }

  test.each(sessions.map(([, npx = '', line = '', shown = '', code = '0']) => ({ npx, line, shown, code })))(
    'sdinspect $line',
    async ({ npx, line, shown, code }) => {
      const now = await run(npx, line)
      expect(now.shown, 'UPDATE=1 npx vitest run test/transcripts.test.ts rewrites it').toBe(shown)
      expect(`${now.code}`).toBe(code)
    },
  )
})
