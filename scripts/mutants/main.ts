// Changes one operator at a time and says which changes no test notices: npm run mutants -- src/codec/zip-local.ts …
// Each file is held to the tests that are given with --tests, else to those of the folder that mirrors its own. Works
// on a copy, one process at a time; --part 2/5 takes a fifth of the mutants.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Mutant, mutantsOf } from './mutate.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: 'string', multiple: true }, part: { type: 'string', default: '1/1' } },
})
const longestMs = 120_000
const [part = 1, parts = 1] = values.part.split('/').map(Number)
const root = process.cwd()
const copy = mkdtempSync(join(tmpdir(), 'sdinspect-mutants-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))
for (const name of execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n'))
  if (name !== '' && existsSync(join(root, name)))
    cpSync(join(root, name), join(copy, name), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
// No process is started by these tests: nothing is built.
writeFileSync(
  join(copy, 'vitest.config.ts'),
  `export default { test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, pool: 'forks', maxWorkers: 1, isolate: false, bail: 1 } }\n`,
)

for (const file of positionals) {
  const original = readFileSync(join(root, file), 'utf8')
  const tests = values.tests ?? mirrored(file)
  if (!(await passes(tests))) throw new Error(`the tests of ${file} fail as they stand: ${tests.join(' ')}`)
  const mutants = mutantsOf(original).filter((_, index) => index % parts === part - 1)
  const lived: Mutant[] = []
  for (const mutant of mutants) {
    writeFileSync(join(copy, file), mutant.source)
    if (await passes(tests)) lived.push(mutant)
  }
  writeFileSync(join(copy, file), original)
  process.stdout.write(`${file}: ${lived.length} of ${mutants.length} lived\n`)
  for (const { line, what } of lived) process.stdout.write(`  ${line}: ${what}\n`)
}

/** The test of the same path, else all of its folder. */
function mirrored(file: string): string[] {
  const test = file.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts')
  return [existsSync(join(root, test)) ? test : dirname(test)]
}

/** Whether the tests pass. Those that go on for too long do not: a mutant may never come to an end. */
function passes(tests: readonly string[]): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', ...tests], {
    cwd: copy,
    stdio: 'ignore',
    detached: true,
  })
  // The group: what runs the tests is a child of its own.
  const late = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), longestMs)
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(late)
      resolve(code === 0)
    })
  })
}
