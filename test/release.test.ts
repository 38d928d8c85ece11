import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { reasonsAgainst } from '../scripts/release/reasons.ts'

const files = {
  manifest: { version: '1.2.3' },
  version: "export const version = '1.2.3'\nexport const homepage = 'https://github.com/us/it'\n",
  changelog:
    '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n\n### Added\n\n- A thing.\n\n## [1.2.2]\n',
}

describe('a tag', () => {
  it('may be released where version, notes and links are of it', () => {
    expect(reasonsAgainst('v1.2.3', 'us/it', files)).toEqual([])
    expect(reasonsAgainst('v1.2.3', undefined, files)).toEqual([])
  })

  it.each([
    ['1.2.3', 'us/it', files, ['no tag of a release']],
    ['v1.2.3-rc.1', 'us/it', files, ['no tag of a release']],
    ['v1.2.4', 'us/it', files, ['package.json', 'src/version.ts', 'no section [1.2.4]']],
    ['v1.2.3', 'them/it', files, ['links to https://github.com/us/it']],
    ['v1.2.3', 'us/it', { ...files, manifest: { version: '1.2.2' } }, ['package.json is of version 1.2.2']],
    ['v1.2.3', 'us/it', { ...files, changelog: '## [1.2.3]\n\n## [1.2.2]\n- x\n' }, ['is empty']],
    ['v1.2.3', 'us/it', { ...files, changelog: '## [1.2.33]\n- x\n' }, ['no section [1.2.3]']],
  ])('%s in %s may not where something is of another', (tag, repository, given, reasons) => {
    const told = reasonsAgainst(tag, repository, given)
    expect(told).toHaveLength(reasons.length)
    for (const [index, reason] of reasons.entries()) expect(told[index]).toContain(reason)
  })
})

const folder = '.github/workflows'
const workflows = readdirSync(folder).map(
  (name) => [name, readFileSync(`${folder}/${name}`, 'utf8')] as const,
)

test.each(workflows)('%s pins every action by its commit and runs what is there', (_, text) => {
  const used = [...text.matchAll(/^ +(?:- )?uses: (\S+)/gm)].map(([, action]) => action as string)
  expect(used.length).toBeGreaterThan(0)
  for (const action of used) if (action !== './') expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
  for (const [, script] of text.matchAll(/(?:node|bash) ((?:scripts|\.ci)\/\S+)/g))
    expect([script, existsSync(script as string)]).toEqual([script, true])
})

test('nothing is published that was not tried as it was packed', () => {
  const release = readFileSync(`${folder}/release.yml`, 'utf8')
  const jobs = [...release.matchAll(/^ {2}(\w+):\n(?: {4}name: .*\n)?(?: {4}needs: (\w+)\n)?/gm)].map(
    ([, job, needs]) => [job, needs],
  )
  expect(jobs.filter(([job]) => job !== 'push' && job !== 'group')).toEqual([
    ['pack', undefined],
    ['try', 'pack'],
    ['publish', 'try'],
    ['action', 'publish'],
  ])
  // Without `./` npm takes packed/NAME.tgz for a repository of GitHub.
  expect(release).toContain('npm publish ./packed/*.tgz --provenance')
  expect(release).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/)
})
