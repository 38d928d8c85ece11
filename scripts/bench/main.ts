// Time and memory as ratios within one run: npm run bench [-- NAME… --quick --write --python PATH]. It measures what
// `npm run build` has built, and prints a page of Markdown; `--write` puts that in the place of docs/benchmarks.md too, when it
// is complete.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { version } from '../../src/version.ts'
import { findPeers, type Group } from './bench.ts'
import { differences } from './groups/differences.ts'
import { growth } from './groups/growth.ts'
import { manifest } from './groups/manifest.ts'
import { manyFiles } from './groups/many-files.ts'
import { refusals } from './groups/refusals.ts'
import { shards } from './groups/shards.ts'
import { startUp } from './groups/start-up.ts'
import { torch } from './groups/torch.ts'
import { tableText } from './table.ts'

const groups: readonly Group[] = [startUp, growth, differences, manyFiles, shards, torch, manifest, refusals]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
})
const unknown = positionals.filter((name) => !groups.some((group) => group.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no ${unknown.join(', ')}: there are ${groups.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

if (values.write && positionals.length > 0) {
  process.stderr.write('the page is of all groups: --write goes without names\n')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-bench-'))
process.env.BENCH_FOLDER = folder
// What is measured must not depend on who measures.
for (const name of ['CI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_OPTIONS', 'NODE_COMPILE_CACHE'])
  delete process.env[name]
const remove = () => rmSync(folder, { recursive: true, force: true })
process.on('exit', remove)
process.on('SIGINT', () => process.exit(130))

const peers = findPeers(values.python)
const page: string[] = []
const begun = performance.now()
const load = () => loadavg()[0]?.toFixed(1) ?? ''
const packages = [...peers.packages].map(([name, found]) => `${name} ${found}`)
print(
  '# Benchmarks\n',
  `Made by \`npm run bench${values.quick ? ' -- --quick' : ''}\`. Times are medians of runs in turn, of whole processes that write to the null device; ratios are medians over the rounds, each of runs that followed each other. CPU is user and system time together. A goal is met when both CPU and wall time meet it.\n`,
  `sdinspect ${version} on Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${arch()}${packages.length === 0 ? '' : `; ${packages.join(', ')}`}. Load when it began: ${load()}.`,
)
for (const group of groups) {
  if (positionals.length > 0 && !positionals.includes(group.name)) continue
  const notes = new Set<string>()
  const place = join(folder, group.name)
  mkdirSync(place)
  process.stderr.write(`${group.name}…\n`)
  const rows = group.rows({
    folder: place,
    quick: values.quick,
    peers,
    note: (text) => notes.add(text),
  })
  rmSync(place, { recursive: true })
  print(`\n## ${group.title}\n`, `${group.against} Load in the end: ${load()}.\n`, tableText(rows))
  for (const note of notes) print(`\n${note}`)
  process.stderr.write(`${group.name} took until ${minutes()}\n`)
}
print(`\nAll of it took ${minutes()}.`)
if (values.write)
  writeFileSync(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), page.join(''))

function minutes(): string {
  return `${((performance.now() - begun) / 60_000).toFixed(1)} minutes`
}

function print(...lines: readonly string[]): void {
  const text = `${lines.join('\n')}\n`
  page.push(text)
  process.stdout.write(text)
}
