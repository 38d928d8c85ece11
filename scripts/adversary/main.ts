// Random models that did what PyTorch's public calls allow, saved by real torch, and every answer held to what is true:
//   npm run adversary -- [PYTHON] [MODELS] [SEED] [--record]
// PYTHON needs torch. --record adds to docs/adversary.json, of which npm run docs writes docs/adversary.md: each seed is to be
// run once. An answer that is declared or deduced and wrong ends it with 1.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { casesOf, judge, Score } from './judge.ts'
import { record } from './records.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { record: { type: 'boolean' } },
})
const [python = 'python3', models = '2000', seed = '1'] = positionals
const batch = 5_000
const score = new Score()
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-adversary-'))
try {
  for (let done = 0; done < Number(models); done += batch) {
    const count = Math.min(batch, Number(models) - done)
    execFileSync(
      python,
      ['scripts/adversary/generate.py', folder, String(Number(seed) + done), String(count)],
      {
        stdio: 'inherit',
      },
    )
    for (const [one, bytes] of casesOf(folder)) await judge(one, bytes, score)
    console.error(`${done + count} models, ${strong().length} wrong that are declared or deduced`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
for (const line of score.table()) console.log(line)
for (const wrong of strong().slice(0, 40))
  console.log(`seed ${wrong.seed}: ${wrong.question} ${wrong.level}: ${wrong.text}`)
if (values.record === true) record('docs/adversary.json', score)
if (strong().length > 0) process.exitCode = 1

function strong() {
  return score.wrong.filter(({ level }) => level === 'declared' || level === 'deduced')
}
