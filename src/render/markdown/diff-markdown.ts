import type { Difference, Side } from '../../compare/difference.ts'
import { adapterLoading } from '../adapter-sections.ts'
import { comparedText, type DiffRow, diffSections, unrecordedText } from '../diff-sections.ts'
import { goneModules, loadLines, loadSummary } from '../load-lines.ts'
import { groupsText, isAlone, loadVerdict, optimizerVerdict } from '../load-verdict.ts'
import { count, plural, sizeText } from '../text.ts'
import { alikeText, summaryText } from '../value-difference-text.ts'
import { code } from './markdown.ts'

/** Rows a section shows: GitHub cuts a comment at 65,536 characters. */
const mostRows = 100

/** A difference as a comment on a pull request. */
export function* diffMarkdown(
  difference: Difference,
  options: { readonly noFold?: boolean },
): Generator<string> {
  yield `### ${code(difference.a.path)} → ${code(difference.b.path)}\n\n`
  yield `${code(loadVerdict(difference).text)}\n\n`
  yield '| | format | tensors | parameters | buffers | size |\n|---|---|---:|---:|---:|---:|\n'
  yield sideRow('a', difference.a)
  yield sideRow('b', difference.b)
  if (difference.same)
    yield `\nThe same ${comparedText(difference)} in all ${plural(difference.matched, 'tensor')}.\n`
  const unrecorded = unrecordedText(difference)
  if (unrecorded !== null) yield `\n${unrecorded}\n`
  const noFold = options.noFold === true
  for (const { title, rows } of diffSections(difference, { noFold })) {
    yield `\n#### ${title}\n\n`
    const shown = noFold ? rows : rows.slice(0, mostRows)
    for (const row of shown) yield rowText(row)
    if (shown.length < rows.length) yield `- and ${plural(rows.length - shown.length, 'more line')}\n`
  }
  if (difference.adapter !== undefined) {
    yield `\n${adapterLoading}\n`
    return
  }
  if (!isAlone(difference)) yield* modelMarkdown(difference, noFold)
  for (const one of difference.optimizers) {
    yield '\n#### Loading the optimizer of a into that of b\n\n'
    yield `- ${code(one.a === '' ? 'optimizer' : one.a)}: ${code(optimizerVerdict(one).text)} (a: ${groupsText(one.groupsA)}; b: ${groupsText(one.groupsB)})\n`
  }
  yield `\n${valuesSentence(difference.valuesCompared)}\n`
}

function* modelMarkdown(difference: Difference, noFold: boolean): Generator<string> {
  yield '\n#### Loading a into the model of b\n\n'
  for (const [result, what] of [
    [difference.load, ''],
    [difference.loadOwn, ', `a.state_dict()`'],
    [difference.loadRenamed, ', renamed'],
  ] as const) {
    if (result === null) continue
    for (const strict of [true, false])
      yield `- ${code(`strict=${strict ? 'True' : 'False'}`)}${what}: ${loadSummary(result, strict)}\n`
  }
  const gone = goneModules(difference.load)
  if (gone !== null) yield `  - ${code(gone)}\n`
  for (const line of loadLines(difference.load, true, noFold))
    yield `  ${line.startsWith('\t') ? '  ' : ''}- ${code(line.trim())}\n`
}

function sideRow(letter: string, { path, format, tensors, parameters, buffers, bytes }: Side): string {
  return `| ${letter} ${code(path)} | ${code(format)} | ${count(tensors)} | ${count(parameters)} | ${count(buffers)} | ${sizeText(bytes, tensors)} |\n`
}

function rowText({ mark, subject, change, times, note }: DiffRow): string {
  const name = subject.map((span) => ('said' in span ? span.said : code(span.name))).join('')
  const parts = [name, change === '' ? '' : code(change), times === 1 ? '' : `×${count(times)}`]
  const text = parts.filter((part) => part !== '').join(' ')
  return `- ${code(mark)} ${text}${note === '' ? '' : `: ${code(note)}`}\n`
}

function valuesSentence(values: Difference['valuesCompared']): string {
  if (values === false) return 'Values were not read.'
  const { same, different, notComparable, summary } = values
  const first = summary === undefined ? alikeText(values) : summaryText(summary, (name) => code(name))
  const head = first === null ? '' : `${first[0]?.toUpperCase()}${first.slice(1)}.\n\n`
  const rest =
    notComparable === 0 ? '' : `; ${plural(notComparable, 'tensor')} not compared, of another type or shape`
  return different.length === 0
    ? `${head}The same values in ${plural(same, 'tensor')}${rest}.`
    : `${head}Other values in ${plural(different.length, 'tensor')}, the same in ${same}${rest}.`
}
