// Whether real torch takes the modules that are written: npm run code:verify -- [--update] [--table] [FOLDER...]
// Folders of truth (*.jsonl.gz) and of checkpoints; without any, those of fixtures/. PYTHON names a Python with torch.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isSdinspectError } from '../../src/errors.ts'
import { ownInputs, writeAccepted } from './accepted.ts'
import { Torch } from './ask-torch.ts'
import { generated } from './generated.ts'
import { fileInputs, type Input, truthInputs, type Way, ways } from './inputs.ts'
import { resultsFile } from './page.ts'
import { resultsMarkdown, Table } from './table.ts'

const { values, positionals } = parseArgs({
  options: {
    update: { type: 'boolean' },
    table: { type: 'boolean' },
    only: { type: 'string' },
    way: { type: 'string' },
  },
  allowPositionals: true,
})

async function* inputs(): AsyncGenerator<Input> {
  if (positionals.length === 0) yield* ownInputs()
  for (const folder of positionals) {
    const isTruth = readdirSync(folder).some((name) => /\.jsonl(\.gz|\.br)?$/.test(name))
    yield* isTruth ? truthInputs(folder, waysOf(values.way)) : fileInputs(folder)
  }
}

/** The ways in which models of truth are shown; all, where none is asked for. */
function waysOf(asked: string | undefined): readonly Way[] {
  return asked === undefined ? ways : ways.filter((way) => way === asked)
}

const torch = new Torch(process.env.PYTHON ?? 'python3')
const table = new Table()
const accepted = new Map<string, string>()
for await (const input of inputs()) {
  if (values.only !== undefined && !input.id.includes(values.only)) continue
  try {
    const { program, text, hash } = generated(input.stateDict, input.findings)
    const verdict = await torch.ask(input, text)
    table.add(input, text, verdict, program.inOrder)
    if (verdict.problems.length === 0) accepted.set(input.id, hash)
    else console.error(`${input.id}: ${verdict.problems.slice(0, 3).join('; ')}`)
    if (program.inOrder === true && !verdict.inOrder && verdict.problems.length === 0)
      console.error(`${input.id}: the order is another`)
  } catch (error) {
    if (!isSdinspectError(error, 'unsupported/feature')) throw error
    table.refuse(input, error.message)
    accepted.set(input.id, 'refused')
  }
}
torch.close()
console.log(resultsMarkdown(table.results))
// What was asked now takes the place of what was said of the same before; the page is made of all of it.
if (values.table === true && values.only === undefined) {
  const known = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : {}
  writeFileSync(resultsFile, `${JSON.stringify({ ...known, ...table.results }, null, 2)}\n`)
}
if (values.update === true && positionals.length === 0) writeAccepted(accepted)
process.exitCode = table.hasWrong ? 1 : 0
