// How often the answers about trained models are right: npm run accuracy:trained -- FOLDER [--tables FOLDER...] [--errors]
//
// FOLDER is what build.py made: the state dicts of small models, fresh and after twenty steps, with what each entry is. The table
// of words that breaks ties knows these libraries. With truths of live models (`--tables`, as npm run tokens reads them) each
// library is also asked of a table that was made without it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { tableOf, tokenWeights, weightsOf } from '../../../src/evidence/token-table.ts'
import { inspectPath } from '../../../src/node.ts'
import { examplesOf } from '../../tokens/examples.ts'
import { fittedWeights } from '../../tokens/fitted-weights.ts'
import { familyOf } from '../../tokens/left-out.ts'
import { recordTrained, type TrainedCounts } from './records.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    errors: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    tables: { type: 'string', multiple: true, default: [] },
  },
})
const [folder = '.'] = positionals

interface Model {
  readonly lib: string
  readonly version: string
  readonly model: string
  readonly how: string
  readonly fresh: string
  readonly trained: string
  readonly entries: readonly [string, string, number[], 'p' | 'b', boolean, number][]
}

const models = readdirSync(folder)
  .filter((one) => one.endsWith('.jsonl'))
  .flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Model),
  )
const examples = flags.tables.length === 0 ? [] : examplesOf(flags.tables)
const inUse = tokenWeights()
const original = new Map(inUse)

/** Puts other weights in the place of those in use, which everybody reads. */
function use(weights: ReadonlyMap<number, number>): void {
  const own = inUse as Map<number, number>
  own.clear()
  for (const [feature, weight] of weights) own.set(feature, weight)
}

const counts: TrainedCounts[] = []
for (const lib of new Set(models.map((model) => model.lib))) {
  const own = models.filter((model) => model.lib === lib)
  const tables = examples.length === 0 ? (['in use'] as const) : (['in use', 'left out'] as const)
  for (const table of tables) {
    if (table === 'in use') use(original)
    else {
      const others = examples.filter((one) => familyOf(one.library) !== familyOf(lib))
      use(weightsOf(tableOf(fittedWeights(others, { rounds: 8, decay: 200, openWeight: 8 }))))
    }
    for (const state of ['fresh', 'trained'] as const)
      for (const values of ['never', 'auto'] as const) {
        const sum: TrainedCounts = {
          lib,
          version: own[0]?.version ?? '',
          table,
          state,
          values,
          models: own.length,
          forward: own.filter(({ how }) => how === 'forward').length,
          exact: 0,
          entries: { declared: 0, deduced: 0, recognised: 0, assumed: 0 },
          wrong: { declared: 0, deduced: 0, recognised: 0, assumed: 0 },
        }
        for (const model of own) if ((await score(model, sum)) === 0) sum.exact++
        counts.push(sum)
      }
  }
}

/** Wrong answers about a model. */
async function score(model: Model, sum: TrainedCounts): Promise<number> {
  const report = await inspectPath(join(folder, model[sum.state]), { smallValues: sum.values })
  const answers = new Map(report.stateDicts[0]?.tensors.map((one) => [one.name, one]))
  let wrong = 0
  for (const [name, , , kind] of model.entries) {
    const got = answers.get(name)
    if (got === undefined) continue
    const is = kind === 'p' ? 'parameter' : 'buffer'
    sum.entries[got.kindLevel]++
    if (got.kind === is) continue
    wrong++
    sum.wrong[got.kindLevel]++
    if (flags.errors && sum.state === 'trained')
      console.log(
        [
          sum.table,
          sum.values,
          model.lib,
          model.model,
          model.how,
          name,
          is,
          got.kindLevel,
          got.kindProbability,
          got.kindReason,
        ].join(' | '),
      )
  }
  return wrong
}

if (flags.record) recordTrained(counts)
for (const table of ['in use', 'left out'])
  for (const state of ['fresh', 'trained'])
    for (const values of ['never', 'auto']) {
      const some = counts.filter((one) => one.table === table && one.state === state && one.values === values)
      if (some.length === 0) continue
      const of = (get: (one: TrainedCounts) => number) => some.reduce((all, one) => all + get(one), 0)
      const [all, exact] = [of((one) => one.models), of((one) => one.exact)]
      console.log(
        `${table}, ${state}, ${values}: ${exact} of ${all} models exact (${((100 * exact) / all).toFixed(1)} %), recognised wrong ${of((one) => one.wrong.recognised)} of ${of((one) => one.entries.recognised)}, assumed wrong ${of((one) => one.wrong.assumed)} of ${of((one) => one.entries.assumed)}, deduced wrong ${of((one) => one.wrong.deduced)}`,
      )
    }
