import { foldNames } from '../../compare/fold-names.ts'
import { inspectionOf } from '../../model/inspection.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import { unverifiedText } from '../../model/unverified.ts'
import { levels } from '../../model/verdict.ts'
import { keptTexts } from '../kept-text.ts'
import { oddsText, percents } from '../numbers.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import { cutEnd, padEnd, wrapped } from '../width.ts'
import { defaultColumns, type Theme } from './theme.ts'

/** What stands below the totals: how they are known, what else is in the file, what to ask next. */
export function* footnoteLines(
  report: Report,
  stateDict: StateDictReport,
  {
    isByRole,
    calledAs = 'sdinspect',
  }: { readonly isByRole: boolean; readonly calledAs?: string | undefined },
  theme: Theme,
): Generator<string> {
  yield* knownLines(stateDict, theme)
  if (isByRole) yield* note('order', 'of the model, as recognised by its names; the file keeps none', theme)
  yield* keptLines(stateDict, theme)
  yield* entryLines(stateDict, theme)
  yield* metadataLines(report, theme)
  yield* valueLines(report, stateDict, theme)
  yield* pickleLines(report, theme)
  yield* unverifiedLines(report, theme)
  if (theme.interactive) yield* nextLines(report, stateDict, calledAs, theme)
}

/** How the kinds are known, and what the trainable number rests on. */
function* knownLines(stateDict: StateDictReport, theme: Theme): Generator<string> {
  const { levels: tally, trainable } = stateDict.totals
  const whole = levels.reduce((sum, level) => sum + tally[level], 0)
  if (whole === 0) return
  const present = levels.filter((level) => tally[level] > 0)
  const shares = percents(present.map((level) => tally[level]))
  const parts = present.map((level, i) => `${shares[i]} ${level}`)
  yield* note('kinds', `${parts.join(', ')}${meaning(stateDict)}`, theme)
  const reason = sentence(trainable.reason, theme.ascii)
  yield* note('trainable', reason, theme)
}

/** What is not sure is said in words. */
function meaning(stateDict: StateDictReport): string {
  const { levels: tally } = stateDict.totals
  if (tally.assumed > 0)
    return `: ${plural(tally.assumed, 'tensor')} whose kind is a guess, marked ?${wrongShare(stateDict)}`
  if (tally.recognised > 0) return ' (known layouts, confirmed by shapes)'
  return ''
}

/** How often such answers are wrong, where that was measured. */
function wrongShare(stateDict: StateDictReport): string {
  const inspection = inspectionOf(stateDict)
  let [asked, wrong] = [0, 0]
  for (let index = 0; index < inspection.length; index++) {
    const { kind } = inspection.verdict(index)
    if (kind.level !== 'assumed' || kind.probability === undefined) continue
    asked++
    wrong += 1 - kind.probability
  }
  if (asked === 0) return ''
  const share = oddsText(wrong / asked)
  return asked === stateDict.totals.levels.assumed
    ? `; ${share} of such answers is wrong`
    : `; of ${count(asked)} by their names ${share} is wrong`
}

function* note(label: string, text: string, theme: Theme): Generator<string> {
  const indent = 11
  const [first = '', ...more] = wrapped(text, (theme.columns ?? defaultColumns * 2) - indent)
  yield theme.paint('quiet', `${padEnd(label, indent)}${first}`)
  for (const line of more) yield theme.paint('quiet', ' '.repeat(indent) + line)
}

/** A list on as few lines as it takes; all of a long one has a line for each. */
function* listed(label: string, items: readonly string[], theme: Theme): Generator<string> {
  if (Number.isFinite(theme.most(mostValues)) || items.length <= mostValues)
    return yield* note(label, items.join(', '), theme)
  for (const [i, item] of items.entries()) yield* note(i === 0 ? label : '', item, theme)
}

/** How tensors are kept that are not dense, and what part of the whole the file holds. */
function* keptLines(stateDict: StateDictReport, theme: Theme): Generator<string> {
  for (const text of keptTexts(stateDict)) yield* note('kept as', sentence(text, theme.ascii), theme)
}

const mostEntries = 6

/** Entries that are no tensors: in no count, and in no row of the tree. */
export function* entryLines(
  { values = [] }: Pick<StateDictReport, 'values'>,
  theme: Theme,
): Generator<string> {
  if (values.length === 0) return
  const folds = foldNames(
    values,
    ({ name }) => name,
    ({ description }) => description,
  )
  const most = theme.most(mostEntries)
  const shown = folds.slice(0, most).map(({ label, folded, items }) => {
    const times = items.length > 1 ? ` ${theme.glyphs.times}${count(items.length)}` : ''
    return `${folded ? label : nameForOutput(label, theme.ascii)}${times} ${shortValue(items[0]?.description ?? '', theme)}`
  })
  const rest = values.length - folds.slice(0, most).reduce((sum, { items }) => sum + items.length, 0)
  if (rest > 0) shown.push(`${count(rest)} more (--all shows them)`)
  yield* note(
    'entries',
    `${count(values.length)} no ${values.length === 1 ? 'tensor' : 'tensors'}: ${shown.join(', ')}`,
    theme,
  )
}

const mostValues = 8
const longestValue = 60

/** What is in the file and is no tensor: what stands at the top of the file, not every setting of an optimizer. */
function* valueLines(
  { values: all }: Report,
  { path: prefix, values: entries = [] }: StateDictReport,
  theme: Theme,
): Generator<string> {
  const told = new Set(entries.map(({ name }) => (prefix === '' ? name : `${prefix}.${name}`)))
  const values = all.filter(({ path }) => !told.has(path))
  if (values.length === 0) return
  const depth = (path: string) => path.split('.', 4).length
  const most = theme.most(mostValues)
  const top = Number.isFinite(most) ? values.filter(({ path }) => depth(path) <= 2) : values
  const shown = [...top]
    .sort((a, b) => depth(a.path) - depth(b.path))
    .slice(0, most)
    .map(({ path, value }) => `${nameForOutput(path, theme.ascii)} ${shortValue(value, theme)}`)
  const rest = values.length - shown.length
  if (rest > 0)
    shown.push(`${shown.length === 0 ? plural(rest, 'value') : `${count(rest)} more`} (--all shows them)`)
  yield* listed('also here', shown, theme)
}

function shortValue(value: string, theme: Theme): string {
  return cutEnd(sentence(value.slice(0, longestValue + 1), theme.ascii), longestValue, theme.glyphs.ellipsis)
}

/** Whether it is plain weights, and if not, what else it takes to load it. */
function* pickleLines({ pickle }: Report, theme: Theme): Generator<string> {
  if (pickle === undefined) return
  if (pickle.plainWeights) {
    yield* note('pickle', 'plain weights: torch.load(weights_only=True) takes every import', theme)
    return
  }
  const others = pickle.imports.filter(({ allowed }) => !allowed)
  const names = others.slice(0, theme.most(3)).map(({ name }) => sentence(name, theme.ascii))
  const more = others.length > names.length ? ` and ${count(others.length - names.length)} more` : ''
  const text = `not plain weights: names ${names.join(', ')}${more}; nothing was run, and this is no malware scan`
  yield* note('pickle', text, theme)
}

function* unverifiedLines({ unverified = [] }: Report, theme: Theme): Generator<string> {
  const text = unverifiedText(unverified)
  if (text !== undefined) yield* note('not read', `${text}; check does`, theme)
}

const mostMetadata = 6

/** The file's own metadata, told shortly: values may be documents. */
function* metadataLines({ metadata }: Report, theme: Theme): Generator<string> {
  const entries: [string, unknown][] = metadata instanceof Map ? [...metadata] : Object.entries(metadata)
  // The producer above the tree says as much as a lone `format`.
  if (entries.every(([key]) => key === 'format')) return
  const shown = entries.slice(0, theme.most(mostMetadata)).map(([key, value]) => {
    const text = typeof value === 'object' && value !== null ? '{...}' : String(value)
    return `${nameForOutput(key, theme.ascii)} ${shortValue(text, theme)}`
  })
  if (entries.length > shown.length)
    shown.push(`${count(entries.length - shown.length)} more (--all shows them)`)
  yield* listed('metadata', shown, theme)
}

/** The command that answers the question this output raises. */
function* nextLines(
  report: Report,
  stateDict: StateDictReport,
  calledAs: string,
  theme: Theme,
): Generator<string> {
  const inspection = inspectionOf(stateDict)
  if (inspection.length === 0) return
  const assumed = inspection.firstWhere(({ kind }) => kind.level === 'assumed')
  const buffer = inspection.firstWhere(({ kind }) => kind.answer === 'buffer')
  const name = inspection.table.name(assumed ?? buffer ?? 0)
  const isDefault = stateDict.path === '' || report.stateDicts[0]?.path === stateDict.path
  const words = [report.path, name, ...(isDefault ? [] : [stateDict.path])]
  if (!words.every((word) => pasteable.test(word))) return
  const line = `next: ${calledAs} why ${report.path} ${name}${isDefault ? '' : ` --at ${stateDict.path}`}`
  // Cut or broken it could not be pasted.
  if (theme.columns !== null && line.length > theme.columns) return
  yield ''
  yield theme.paint('quiet', line)
}

/** Nothing a shell or a pattern would read as more than a word. */
const pasteable = /^[A-Za-z0-9_./][A-Za-z0-9_./-]{0,80}$/
