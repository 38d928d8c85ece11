// Whether a tag may be released: npm run release:check -- TAG [OWNER/NAME]. Says every reason why not, and exits with 1.
import { readFileSync } from 'node:fs'
import { reasonsAgainst } from './reasons.ts'

const read = (name: string): string => readFileSync(name, 'utf8')
const [tag = '', repository] = process.argv.slice(2)
const reasons = reasonsAgainst(tag, repository, {
  manifest: JSON.parse(read('package.json')),
  version: read('src/version.ts'),
  changelog: read('CHANGELOG.md'),
})
for (const reason of reasons) process.stderr.write(`${reason}\n`)
if (reasons.length === 0) process.stdout.write(`${tag} may be released\n`)
process.exitCode = reasons.length === 0 ? 0 : 1
