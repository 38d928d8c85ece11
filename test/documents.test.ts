import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodeOfError } from '../src/cli/output/exit-code.ts'
import { type ErrorCode, errorCodes, SdinspectError } from '../src/errors.ts'

const root = new URL('..', import.meta.url)
const text = (name: string) => readFileSync(new URL(name, root), 'utf8').replaceAll('\r\n', '\n')
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The targets of the relative links of a document, as paths from the root, and the heading each names. */
function linksOf(name: string): { readonly path: string; readonly heading: string }[] {
  return [...text(name).matchAll(/\]\((?![a-z]+:)([^)#\s]*)#?([^)\s]*)\)/g)].map(
    ([, path = '', heading = '']) => ({
      path: path === '' ? name : posix.join(posix.dirname(name), path),
      heading,
    }),
  )
}

/** What a heading is called in a link. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

test('docs/output.md lists every error code with its meaning and its exit code', () => {
  const rows = [...text('docs/output.md').matchAll(/^\| `([a-z]+\/[a-z-]+)` \| (.*) \| (\d) \|$/gm)]
  expect(rows.map(([, code, meaning, exit]) => [code, meaning, Number(exit)])).toEqual(
    Object.entries(errorCodes).map(([code, meaning]) => [
      code,
      meaning,
      exitCodeOfError(new SdinspectError(code as ErrorCode, 'x')),
    ]),
  )
})

test.each(documents)('the links of %s lead somewhere', (name) => {
  const broken = linksOf(name).filter(({ path, heading }) => {
    if (!existsSync(new URL(path, root))) return true
    if (heading === '') return false
    return ![...text(path).matchAll(/^#+ (.*)$/gm)].some(([, title = '']) => anchorOf(title) === heading)
  })
  expect(broken).toEqual([])
})

test('every page is found from another', () => {
  const pages = new Map(documents.map((name) => [name, text(name)]))
  for (const name of pages.keys()) {
    if (!name.startsWith('docs/')) continue
    const page = name.slice('docs/'.length)
    const isNamed = [...pages].some(([other, of]) => other !== name && of.includes(page))
    expect([name, isNamed]).toEqual([name, true])
  }
})
