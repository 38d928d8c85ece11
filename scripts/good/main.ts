// Checks good checkpoints that installed libraries write, and writes docs/good.md:
//   npm run good [-- FOLDER]                PYTHON=… names a Python that has the libraries
// With FOLDER, what make.py wrote there before. A finding that is an error ends it with 1.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../../src/gate.ts'
import { code } from '../../src/render/markdown/markdown.ts'

const [given] = process.argv.slice(2)
const { PYTHON = 'python3' } = process.env
const root = given ?? mkdtempSync(join(tmpdir(), 'sdinspect-good-'))
if (given === undefined)
  spawnSync(PYTHON, ['scripts/good/make.py', root], { stdio: ['ignore', 'inherit', 'inherit'] })

interface Row {
  readonly library: string
  readonly what: string
  readonly format: string
  readonly tensors: number
  readonly findings: readonly string[]
  readonly errors: number
  readonly warnings: number
}

const versions = JSON.parse(readFileSync(join(root, 'versions.json'), 'utf8')) as Record<string, string>
const rows: Row[] = []
for (const library of Object.keys(versions))
  for (const what of readdirSync(join(root, library)).sort()) {
    const path = join(root, library, what)
    if (!statSync(path).isDirectory()) continue
    const { findings, checkpoints } = await check([path])
    const told = findings.filter(({ level }) => level !== 'info')
    const unread = checkpoints.filter(({ error }) => error !== null)
    rows.push({
      library,
      what,
      format: [...new Set(checkpoints.map(({ format }) => format ?? 'not read'))].join(', '),
      tensors: checkpoints.reduce((sum, { tensors }) => sum + tensors, 0),
      findings: [
        ...told.map(({ rule, message }) => `${rule}: ${message}`),
        ...unread.map(({ error }) => `not read: ${error?.message}`),
      ],
      errors: told.filter(({ level }) => level === 'error').length + unread.length,
      warnings: told.filter(({ level }) => level === 'warning').length,
    })
  }

writeFileSync('docs/good.md', page())
const errors = rows.reduce((sum, row) => sum + row.errors, 0)
for (const row of rows)
  for (const text of row.findings) console.log(`${row.library}/${row.what}: ${text.slice(0, 200)}`)
console.log(`${rows.length} checkpoints, ${errors} errors`)
if (given === undefined) rmSync(root, { recursive: true, force: true })
process.exitCode = errors === 0 ? 0 : 1

function page(): string {
  const sum = (of: (row: Row) => number) => rows.reduce((all, row) => all + of(row), 0)
  const told = new Map<string, string[]>()
  for (const { library, what, findings } of rows)
    for (const text of findings) told.set(text, [...(told.get(text) ?? []), `${library}/${what}`])
  const libraries = Object.entries(versions).map(([name, version]) => {
    const own = rows.filter(({ library }) => library === name)
    const [found, warned] = [own.filter((row) => row.errors > 0), own.filter((row) => row.warnings > 0)]
    const formats = [...new Set(own.flatMap(({ format }) => format.split(', ')))].sort().join(', ')
    return `| ${name} ${version} | ${own.length} | ${formats} | ${found.length} | ${warned.length} |\n`
  })
  const findings = [...told].map(([text, paths]) => `- ${code(text)}: ${paths.join(', ')}\n`)
  return (
    '# Good checkpoints\n\n' +
    'Written by `npm run good`: what installed libraries save, each as small as its class allows and of random weights\n' +
    '(`scripts/good/make.py`), and what `sdinspect check` says of it without a policy. None of them has a fault, so that an\n' +
    'error is a false alarm.\n\n' +
    `**${rows.length} checkpoints, ${sum(({ tensors }) => tensors).toLocaleString('en')} tensors: ${sum((row) => row.errors)} errors, ${sum((row) => row.warnings)} warnings.**\n\n` +
    '| library | checkpoints | formats | with errors | with warnings |\n| --- | --: | --- | --: | --: |\n' +
    libraries.join('') +
    '\nA model of embeddings as wide as its hidden states has a matrix without columns between them in MobileBERT, which is\nworth a look in any other model.\n' +
    `\n## What was found\n\n${findings.length === 0 ? 'Nothing.\n' : findings.join('')}` +
    '\n## Each of them\n\n' +
    Object.keys(versions)
      .map((name) => {
        const own = rows.filter(({ library }) => library === name).map(({ what }) => code(what))
        return `- **${name}**: ${own.join(', ')}\n`
      })
      .join('')
  )
}
