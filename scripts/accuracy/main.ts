// How often the classifier is right, on models whose truth is known: npm run accuracy -- FOLDER [options]
import { parseArgs } from 'node:util'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import { type Level, levels } from '../../src/model/verdict.ts'
import { type ClassScore, confusionsOf, emptyClassScore, scoreClasses } from './classes.ts'
import { record } from './records.ts'
import { emptyScore, type Miss, type Score, scoreModel, sum, type Tally } from './score.ts'
import { readTruth, type View } from './truth.ts'

const usage = `npm run accuracy -- FOLDER [--ordered | --metadata | --tied dropped|kept] [--errors N] [--only TEXT] [--json]

Reads every *.jsonl and *.jsonl.gz of FOLDER (fixtures/truth/README.md has the format), gives the classifier
names, dtypes and shapes alone, and counts wrong answers.

  --ordered     give it registration order and ties, as a .pt has them (default: the order safetensors writes)
  --metadata    the same, with the _metadata of a .pt, where the truth has the modules' classes
  --tied WHAT   entries that are the same tensor as an earlier one: dropped, as transformers saves a model,
                kept as copies, or both (default)
  --errors N    list the N patterns of wrong answers that concern most entries, with an example each
  --only TEXT   models whose name contains TEXT
  --json        all of it, each wrong answer included
  --record      keep the counts in scripts/accuracy/counts.json.gz, of which npm run docs writes docs/accuracy.md
`

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ordered: { type: 'boolean', default: false },
    metadata: { type: 'boolean', default: false },
    tied: { type: 'string', default: 'both' },
    errors: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
// Read through `head`, it ends quietly.
process.stdout.on('error', () => process.exit())
const folder = positionals[0]
if (folder === undefined || flags.help || !['dropped', 'kept', 'both'].includes(flags.tied)) {
  process.stderr.write(usage)
  process.exit(flags.help ? 0 : 2)
}

const views: View[] = flags.metadata
  ? ['metadata']
  : flags.ordered
    ? ['ordered']
    : flags.tied === 'both'
      ? ['dropped', 'kept']
      : [flags.tied as View]
const titles: Record<View, string> = {
  dropped: 'As safetensors, tied entries dropped',
  kept: 'As safetensors, tied entries kept',
  ordered: 'In registration order, ties recorded',
  metadata: 'In registration order, ties and module versions recorded',
}

/** By view, then by library; `total` is all libraries. */
const scores = new Map(views.map((view) => [view, new Map([['total', emptyScore()]])]))
const classScores = new Map(views.map((view) => [view, new Map([['total', emptyClassScore()]])]))
for (const model of readTruth(folder)) {
  if (!model.model.includes(flags.only)) continue
  for (const view of views) {
    const byLibrary = scores.get(view) as Map<string, Score>
    const own = byLibrary.get(model.library) ?? emptyScore()
    byLibrary.set(model.library, own)
    const classes = classScores.get(view) as Map<string, ClassScore>
    const ownClasses = classes.get(model.library) ?? emptyClassScore()
    classes.set(model.library, ownClasses)
    const inspected = (checkpoint: Checkpoint) => {
      const report = inspectCheckpoint(checkpoint, { path: model.model })
      scoreClasses(model, report, [ownClasses, classes.get('total') as ClassScore])
      return report
    }
    await scoreModel(model, view, inspected, [own, byLibrary.get('total') as Score])
  }
}

if (flags.record && flags.only === '')
  for (const view of views)
    record(
      folder,
      view,
      scores.get(view) as Map<string, Score>,
      classScores.get(view) as Map<string, ClassScore>,
    )
if (flags.json) {
  const plain = [...scores].map(([view, byLibrary]) => ({
    view,
    libraries: Object.fromEntries(byLibrary),
    classes: Object.fromEntries(classScores.get(view) as Map<string, ClassScore>),
  }))
  process.stdout.write(`${JSON.stringify(plain, null, 1)}\n`)
} else
  for (const [view, byLibrary] of scores)
    process.stdout.write(
      text(titles[view], byLibrary) + classText(classScores.get(view)?.get('total') as ClassScore),
    )

/** Classes that are printed, where the truth has those of the live modules. */
function classText(score: ClassScore): string {
  const { plain, hedged } = score
  const line = (what: string, { right, wrong }: ClassScore['plain']) =>
    `  ${what.padEnd(16)} ${String(right + wrong).padStart(9)} printed  ${String(wrong).padStart(6)} wrong  ${percent(right, right + wrong)} right\n`
  return plain.right + plain.wrong === 0
    ? ''
    : `Classes of modules\n${line('one class', plain)}${line('several', hedged)}${confusionText(score)}\n`
}

function confusionText(score: ClassScore): string {
  const lines = confusionsOf(score).map(({ printed, is, modules }) => [`  ${printed}`, `is ${is}`, modules])
  return lines.length === 0 ? '' : table([['  printed', 'live', 'modules'], ...lines])
}

function text(title: string, byLibrary: ReadonlyMap<string, Score>): string {
  const [total, ...rest] = [...byLibrary]
  const rows = total === undefined ? [] : [...rest.sort(([a], [b]) => (a < b ? -1 : 1)), total]
  const head = [
    '',
    'entries',
    'wrong',
    'right',
    'models',
    'flawless',
    ...levels.flatMap((each) => [each, 'wrong']),
  ]
  const lines = rows.map(([library, score]) => {
    const all = sum(score.kind)
    const flawless = percent(score.models - score.wrongModels, score.models)
    const head = [
      library,
      all.entries,
      all.wrong,
      percent(all.entries - all.wrong, all.entries),
      score.models,
      flawless,
    ]
    return [...head, ...cells(score.kind, all.entries)]
  })
  const trainable = rows.map(([library, score]) => {
    const all = sum(score.trainable)
    const asked = all.entries + score.unknownTrainable
    const head = [library, asked, all.wrong, percent(score.unknownTrainable, asked)]
    return [...head, ...cells(score.trainable, asked)]
  })
  const trainableHead = ['', 'entries', 'wrong', 'unknown', ...levels.flatMap((each) => [each, 'wrong'])]
  return [
    `${title}\n\nparameter or buffer\n`,
    table([head, ...lines]),
    '\ntrainable\n',
    table([trainableHead, ...trainable]),
    '\n',
    ...worst(total?.[1].misses ?? [], Number(flags.errors)),
  ].join('')
}

function cells(tallies: Record<Level, Tally>, entries: number): (string | number)[] {
  return levels.flatMap((each) => [percent(tallies[each].entries, entries), tallies[each].wrong])
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(3)} %`
}

function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  )
  return rows
    .map((row) =>
      row.map((cell, column) =>
        column === 0 ? String(cell).padEnd(widths[0] ?? 0) : String(cell).padStart(widths[column] ?? 0),
      ),
    )
    .map((row) => `${row.join('  ')}\n`)
    .join('')
}

/** Wrong answers of one library that say the same of the same name, block numbers aside, are one pattern. */
function worst(misses: readonly Miss[], limit: number): string[] {
  const patterns = new Map<string, Miss[]>()
  for (const miss of misses) {
    const name = miss.name.split('.').slice(-3).join('.').replace(/\d+/g, '#')
    const key = [miss.library, miss.question, name, miss.got, miss.level, miss.reason].join('\0')
    const known = patterns.get(key)
    if (known === undefined) patterns.set(key, [miss])
    else known.push(miss)
  }
  return [...patterns.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, limit)
    .map((same) => {
      const first = same[0] as Miss
      const models = new Set(same.map((miss) => miss.model)).size
      return [
        `${same.length} × in ${models} models: ${first.question} is ${first.truth}, answered ${first.got} (${first.level}: ${first.reason})\n`,
        `    ${first.library} ${first.model}: ${first.name}\n`,
      ].join('')
    })
}
