import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ruleById } from '../../src/check/rules/index.ts'
import { runCli } from '../helpers/run-cli.ts'

const ids = (text: string): string[] =>
  [...text.matchAll(/'([a-z-]+\/[a-z-]+)'/g)].map((match) => match[1] as string)

/** Literals of readers and of evidence that look like ids of rules, without the codes of errors. */
function emitted(): ReadonlySet<string> {
  const codes = new Set(ids(readFileSync('src/errors.ts', 'utf8')))
  const areas = new Set([...ruleById.keys()].map((id) => id.split('/')[0]))
  const found = ['src/formats', 'src/evidence'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => ids(readFileSync(join(folder, name), 'utf8'))),
  )
  return new Set(found.filter((id) => !codes.has(id) && areas.has(id.split('/')[0])))
}

test('every finding of a reader or of evidence is of a rule that can be explained', () => {
  const all = emitted()
  expect([...all]).toEqual(expect.arrayContaining(['format/unknown-field', 'torch/no-tensors']))
  expect([...all].filter((id) => !ruleById.has(id))).toEqual([])
})

test('no finding names its rule in pieces, which nobody could look for', () => {
  const made = readdirSync('src/formats', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /rule: *`/.test(readFileSync(join('src/formats', name), 'utf8')))
  expect(made).toEqual([])
})

test.each([
  ['B29_del_and_c1_name', 'format/control-in-name'],
  ['C20_bidi_name', 'format/invisible-in-name'],
])('what the reader says of a name is said once: %s', async (file, said) => {
  const { out } = await runCli(['check', '--json', `fixtures/hostile/st/${file}.safetensors`])
  const { findings } = JSON.parse(out) as { findings: { rule: string }[] }
  expect(findings.map(({ rule }) => rule)).toContain(said)
  expect(findings.map(({ rule }) => rule)).not.toContain('contents/strange-name')
})
