// Trains what breaks the tie where nothing speaks of a tensor: npm run tokens -- [--definitions FILE] [--write] FOLDER...
//
// FOLDERs hold truths of live models (fixtures/truth/README.md), FILE what definitions.py read of the classes of packages.
// Prints how often it is right on libraries that are left out; --write renews the table and docs/assumed.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { tableOf, weightsOf } from '../../src/evidence/token-table.ts'
import { definedExamples, type Example, examplesOf } from './examples.ts'
import { fittedWeights } from './fitted-weights.ts'
import { leftOut } from './left-out.ts'
import { assumedPage } from './page.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { definitions: { type: 'string' }, write: { type: 'boolean', default: false } },
})
const options = { rounds: 8, decay: 200, openWeight: 8 }
const live = examplesOf(positionals)
const defined = flags.definitions === undefined ? [] : definedExamples(flags.definitions)
const tableFor = (examples: readonly Example[]) => tableOf(fittedWeights(examples, options))
const results = leftOut(live, defined, (examples) => weightsOf(tableFor(examples)))
const table = tableFor([...live, ...defined])
const sources =
  flags.definitions === undefined
    ? []
    : [
        ...new Set(
          readFileSync(flags.definitions, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => {
              const { package: name, version } = JSON.parse(line) as { package: string; version: string }
              return `${name} ${version}`
            }),
        ),
      ]
const page = assumedPage(results, {
  bytes: Buffer.byteLength(table),
  features: weightsOf(table).size,
  live: live.length,
  defined: defined.length,
  sources,
})
console.log(page)
if (flags.write) {
  writeFileSync(
    'src/evidence/token-table-text.ts',
    `// Written by npm run tokens -- --write.\nexport const table =\n  '${table}'\n`,
  )
  writeFileSync('docs/assumed.md', page)
}
