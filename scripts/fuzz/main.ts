// Fuzzes what reads files, guided by the code that inputs run:
//   npm run fuzz -- SECONDS [TARGET…] [--record[=FILE]]
// Each target runs for SECONDS, two at a time. Inputs that ran something new are kept in node_modules/.cache and begin
// the next run, so that runs add up; --record adds this one to docs/fuzzing.json, or to another file. An input that breaks
// a fact is written to a file, and ends the command with 1.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { coverageOf } from './coverage.ts'
import { instrumented } from './instrument.ts'
import { record } from './record.ts'
import { type Campaign, type Outcome, supervise } from './supervise.ts'
import { targets } from './targets/index.ts'

const atOnce = 2
const cache = 'node_modules/.cache/sdinspect-fuzz'

const [options, words] = [true, false].map((is) =>
  process.argv.slice(2).filter((word) => word.startsWith('--record') === is),
) as [string[], string[]]
const seconds = Number(words[0] ?? 60)
const unknown = words.slice(1).filter((word) => !targets.some(({ name }) => name === word))
if (!(seconds > 0) || unknown.length > 0) {
  console.error(
    `npm run fuzz -- SECONDS [TARGET…]; targets are ${targets.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
const asked = targets.filter(({ name }) => words.length === 1 || words.length === 0 || words.includes(name))

const made = await instrumented(cache)
const worker = await workerFile()
const { counters, ...counting } = made
const campaign: Campaign = { made: counting, worker, cache, seed: Date.now() % 2 ** 31 }
const outcomes: Outcome[] = []
const waiting = [...asked]
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const outcome = await supervise(target.name, seconds, campaign)
      outcomes.push(outcome)
      const { lines, branches } = coverageOf(target.about, counters, outcome.reached)
      console.log(
        `${target.name.padEnd(9)} ${String(outcome.executions).padStart(9)} executions in ${outcome.seconds.toFixed(0)} s, ` +
          `${outcome.corpus} inputs kept, lines ${percent(lines)}, branches ${percent(branches)}, ` +
          `at most ${outcome.most.steps.toFixed(0)} steps and ${outcome.most.allocated.toFixed(0)} bytes for a byte`,
      )
      for (const { why, file } of outcome.finds)
        console.log(`  FOUND ${file}\n    ${why.split('\n').slice(0, 6).join('\n    ')}`)
    }
  }),
)
rmSync(worker)
for (const option of options)
  record(option.slice('--record='.length) || 'docs/fuzzing.json', outcomes, counters)
const finds = outcomes.flatMap((outcome) => outcome.finds)
console.log(finds.length === 0 ? 'nothing found' : `${finds.length} found`)
process.exitCode = finds.length === 0 ? 0 : 1

function percent({ reached, all }: { readonly reached: number; readonly all: number }): string {
  return `${all === 0 ? 0 : Math.floor((100 * reached) / all)} %`
}

/** A thread takes a file. */
async function workerFile(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['scripts/fuzz/worker.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  const file = join(process.cwd(), cache, `worker-${process.pid}.mjs`)
  writeFileSync(file, outputFiles[0]?.contents ?? '')
  return file
}
