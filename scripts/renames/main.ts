// How many names of real conversions `diff` brings together, and how many wrongly: npm run renames -- [--write]
// --pack FILE takes what generate.py wrote. --write renews the table of docs/renames.md. A wrong name ends it with 1.
import { readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { renamesPage } from './page.ts'
import { conversionsOf, score } from './score.ts'

const options = process.argv.slice(2)
const file = 'fixtures/diff/conversions.json.br'
const packed = options[options.indexOf('--pack') + 1]
if (options.includes('--pack') && packed !== undefined)
  writeFileSync(file, brotliCompressSync(readFileSync(packed)))
const scores = conversionsOf(file).map(score)
console.log(renamesPage(scores).table)
for (const { conversion, wrong, missed } of scores) {
  if (wrong.length + missed.length === 0) continue
  console.log(`${conversion.what}: ${wrong.length} wrong, ${missed.length} missed`)
  for (const [name, said, right] of wrong.slice(0, 4)) console.log(`  wrong  ${name} → ${said}, is ${right}`)
  for (const name of missed.slice(0, 6)) console.log(`  missed ${name} → ${conversion.map[name]}`)
}
if (options.includes('--write')) writeFileSync('docs/renames.md', renamesPage(scores).page)
if (scores.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1
