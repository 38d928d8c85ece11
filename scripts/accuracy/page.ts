// Writes docs/accuracy.md of scripts/accuracy/counts.json.gz, which npm run accuracy -- FOLDER --record keeps.
import { writeFileSync } from 'node:fs'
import { levels } from '../../src/model/verdict.ts'
import { type ClassScore, confusionsOf, emptyClassScore } from './classes.ts'
import { type LibraryRecord, readAccuracy, type ViewRecord } from './records.ts'
import type { Tally } from './score.ts'
import { readTrained, type TrainedCounts } from './trained/records.ts'
import type { View } from './truth.ts'

const folders: Readonly<Record<string, string>> = {
  truth: 'torchvision, timm and transformers',
  'truth-wild': 'twenty odd libraries',
}
const views: Readonly<Record<View, string>> = {
  dropped: 'safetensors, tied entries dropped',
  kept: 'safetensors, tied entries kept',
  ordered: '`.pt`: registration order and ties',
  metadata: '`.pt` with the versions of modules',
}

const records = readAccuracy()
const shown = Object.entries(folders).flatMap(([folder, title]) => {
  const record = records[folder]
  return record === undefined ? [] : [{ title, record }]
})

function page(): string {
  return `# How often the answers are right

Written by \`npm run docs\` of what \`npm run accuracy -- FOLDER --record\` counted, with \`--ordered\` and \`--metadata\` too. Live
models of these libraries were asked what each entry of their state dict is (\`fixtures/truth/README.md\` has the form); sdinspect was
shown names, types and shapes alone, as each kind of file keeps them.

${section('Parameter or buffer', kindRows(), kindHead)}
A model is flawless with no wrong answer among all its entries. The shares below are of the entries that are known at that level.

${section('By level', levelRows(), levelHead)}
${section('Whether it trains', trainRows(), trainHead)}
Nothing in such files records \`requires_grad\`: _unknown_ is the right answer for most, and never counted as right or wrong.

${section('Classes that are printed', classRows(), classHead)}
${section('Printed, and what the module is', confusionRows(), confusionHead)}
A class counts as right where the name of the live one holds it (\`BatchNormAct2d\` is a BatchNorm2d), or, of several, one of them.
${shown.map(({ title, record }) => section(`Each library: ${title}`, libraryRows(record.dropped), libraryHead)).join('\n')}
The table of words that breaks ties (\`src/evidence/token-model.ts\`) is made of all of these models, so that what is assumed of them is
better than of others: [assumed.md](assumed.md) has what it is worth on libraries that were left out.
${trainedSection()}`
}

/** Models whose values were looked at too. */
function trainedSection(): string {
  const counts = readTrained()
  if (counts.length === 0) return ''
  const own = counts.filter(
    (one) => one.table === 'in use' && one.state === 'trained' && one.values === 'auto',
  )
  const of = (some: readonly TrainedCounts[], get: (one: TrainedCounts) => number): number =>
    some.reduce((all, one) => all + get(one), 0)
  const row = (table: string, state: string, values: string): string[] => {
    const some = counts.filter((one) => one.table === table && one.state === state && one.values === values)
    if (some.length === 0) return []
    const models = of(some, (one) => one.models)
    const exact = of(some, (one) => one.exact)
    const cells = levels.flatMap((level) => [
      number(of(some, (one) => one.entries[level])),
      number(of(some, (one) => one.wrong[level])),
    ])
    const called = table === 'in use' ? 'the table of words in use' : 'tables made without the library'
    return [
      `| ${called}, ${state}, values ${values === 'auto' ? 'looked at' : 'not looked at'} | ${number(models)} | ${number(exact)} | ${share(exact, models)} | ${cells.join(' | ')} |`,
    ]
  }
  const rows = ['in use', 'left out'].flatMap((table) =>
    ['fresh', 'trained'].flatMap((state) => ['never', 'auto'].flatMap((values) => row(table, state, values))),
  )
  const leftOut = (one: TrainedCounts, values: string): string => {
    const found = counts.find(
      ({ lib, table, state, values: looked }) =>
        lib === one.lib && table === 'left out' && state === 'trained' && looked === values,
    )
    return found === undefined ? '-' : number(found.exact)
  }
  const libraries = own.map(
    (one) =>
      `| ${one.lib} | ${one.version} | ${number(one.models)} | ${number(one.forward)} | ${number(one.exact)} | ${leftOut(one, 'never')} | ${leftOut(one, 'auto')} |`,
  )
  return `
## With values, of models that were trained

${number(of(own, (one) => one.models))} small models of the odd libraries were built anew and trained for 20 steps (\`scripts/accuracy/trained/build.py\` says how; it
runs on what is installed), and their files read as they were before and after (\`npm run accuracy:trained -- FOLDER --record\`).
A model is exact with every entry right. The table of words has seen these libraries, and not those it will meet: the last lines
are of tables that were made without each library and its relatives, from the live models alone.

| | models | exact | | ${levels.flatMap((level) => [level, 'wrong']).join(' | ')} |
|---|---:|---:|---:|${'---:|'.repeat(2 * levels.length)}
${rows.join('\n')}

| library | version | models | trained on their outputs | exact | without its table, values not looked at | looked at |
|---|---|---:|---:|---:|---:|---:|
${libraries.join('\n')}

Models that take none of the inputs tried were trained on random gradients, and some have nothing that trains.
`
}

function section(title: string, rows: readonly string[], head: string): string {
  const columns = head.split('|').length - 2
  return `## ${title}\n\n${head}\n|---|${'---:|'.repeat(columns - 1)}\n${rows.join('\n')}\n`
}

function forEachView<Row>(make: (what: string, view: ViewRecord, total: LibraryRecord) => Row): Row[] {
  return shown.flatMap(({ title, record }) =>
    (Object.keys(views) as View[]).flatMap((view) => {
      const found = record[view]
      const total = found?.libraries.total
      return found === undefined || total === undefined
        ? []
        : [make(`${title}, ${views[view]}`, found, total)]
    }),
  )
}

const kindHead = '| models of, as | models | flawless | entries | wrong | right |'
function kindRows(): string[] {
  return forEachView((what, _, total) => {
    const { entries, wrong } = sum(total.kind)
    return `| ${what} | ${number(total.models)} | ${share(total.flawless, total.models)} | ${number(entries)} | ${number(wrong)} | ${share(entries - wrong, entries)} |`
  })
}

const levelHead = `| models of, as | ${levels.flatMap((level) => [level, 'wrong']).join(' | ')} |`
function levelRows(): string[] {
  return forEachView((what, _, { kind }) => {
    const { entries } = sum(kind)
    const cells = levels.flatMap((level) => [share(kind[level].entries, entries), number(kind[level].wrong)])
    return `| ${what} | ${cells.join(' | ')} |`
  })
}

const trainHead = '| models of, as | asked | unknown | said | wrong |'
function trainRows(): string[] {
  return forEachView((what, _, { trainable, unknownTrainable }) => {
    const { entries, wrong } = sum(trainable)
    const asked = entries + unknownTrainable
    return `| ${what} | ${number(asked)} | ${share(unknownTrainable, asked)} | ${number(entries)} | ${number(wrong)} |`
  })
}

const classHead = '| models of, as | one class | wrong | several | none of them right |'
function classRows(): string[] {
  return forEachView((what, { classes }) => {
    const { plain, hedged } = classes.total as ClassScore
    const all = (one: { right: number; wrong: number }) => number(one.right + one.wrong)
    return `| ${what} | ${all(plain)} | ${number(plain.wrong)} | ${all(hedged)} | ${number(hedged.wrong)} |`
  })
}

const confusionHead = '| models of | printed | is | modules |'
function confusionRows(): string[] {
  return shown.flatMap(({ title, record }) =>
    confusionsOf(record.dropped?.classes.total ?? emptyClassScore()).map(
      ({ printed, is, modules }) =>
        `| ${title} | ${printed.replaceAll('|', ' or ')} | ${is} | ${number(modules)} |`,
    ),
  )
}

const libraryHead =
  '| library | models | flawless | entries | wrong | of these recognised | one class | wrong | several | wrong |'
function libraryRows(view: ViewRecord | undefined): string[] {
  return Object.entries(view?.libraries ?? {})
    .filter(([library]) => library !== 'total')
    .map(([library, { models, flawless, kind }]) => {
      const { entries, wrong } = sum(kind)
      const { plain, hedged } = view?.classes[library] ?? emptyClassScore()
      const counts = [
        ...[models, flawless, entries, wrong, kind.recognised.wrong],
        ...[plain, hedged].flatMap((printed) => [printed.right + printed.wrong, printed.wrong]),
      ]
      return `| ${library} | ${counts.map(number).join(' | ')} |`
    })
}

function sum(tallies: LibraryRecord['kind']): Tally {
  return levels.reduce(
    (all, level) => ({
      entries: all.entries + tallies[level].entries,
      wrong: all.wrong + tallies[level].wrong,
    }),
    { entries: 0, wrong: 0 },
  )
}

function number(value: number): string {
  return value.toLocaleString('en')
}

/** Never 100 % where something is missing. */
function share(part: number, whole: number): string {
  if (whole === 0) return '-'
  return part === whole ? '100 %' : `${(Math.floor((10_000 * part) / whole) / 100).toFixed(2)} %`
}

writeFileSync('docs/accuracy.md', page())
