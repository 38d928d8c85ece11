// Checks every file of a folder of malicious pickles, such as the test data of a scanner, which are not committed:
//   npm run malicious -- FOLDER… [--good=PATTERN]
// A file that fits PATTERN (a regular expression over its path) is harmless and must end with 0, or with 2 where it is none
// that is read; any other with 1 or 2. Nothing in them is run. One that does not ends the command with 1.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { check } from '../../src/gate.ts'
import { verdictOf } from './verdict.ts'

const args = process.argv.slice(2)
const good = new RegExp(args.find((arg) => arg.startsWith('--good='))?.slice('--good='.length) ?? '$^')
const folders = args.filter((arg) => !arg.startsWith('--'))
if (folders.length === 0) {
  console.error('usage: npm run malicious -- FOLDER… [--good=PATTERN]')
  process.exit(2)
}

const counts = new Map<string, number>()
let wrong = 0
for (const folder of folders)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const { exit, said } = verdictOf(await check([path]))
    const isGood = good.test(path)
    const isRight = isGood ? exit !== 1 : exit !== 0
    if (!isRight) wrong++
    const key = `${isGood ? 'harmless' : 'malicious'}, exit ${exit}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    console.log(`${isRight ? 'ok ' : 'BAD'} ${exit} ${relative(folder, path)}: ${said}`)
  }
for (const [key, count] of [...counts].sort()) console.log(`${key}: ${count}`)
console.log(`${wrong} wrong`)
process.exitCode = wrong === 0 ? 0 : 1
