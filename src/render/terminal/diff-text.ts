import type { Difference, LoadResult, Side } from '../../compare/difference.ts'
import { foldNames } from '../../compare/fold-names.ts'
import { bytesText } from '../../model/bytes-text.ts'
import { adapterLoading } from '../adapter-sections.ts'
import { comparedText, type DiffRow, type DiffSpan, diffSections, unrecordedText } from '../diff-sections.ts'
import { goneModules, loadLines, loadSummary, loadsNothing } from '../load-lines.ts'
import { groupsText, isAlone, loadVerdict, optimizerVerdict } from '../load-verdict.ts'
import { shapeText } from '../shape-text.ts'
import { count, nameForOutput, parametersText, plural, printable, sentence } from '../text.ts'
import { alikeText, distanceText, summaryText } from '../value-difference-text.ts'
import { displayWidth, wrapped } from '../width.ts'
import { defaultColumns, type Style, type Theme } from './theme.ts'

export interface DiffTextOptions {
  /** Every tensor on a line of its own, and torch's message to the letter. */
  readonly noFold?: boolean
}

/** Lines a section may take where things are folded. */
const mostRows = 40

/** What `sdinspect diff` prints: the two sides, what changed and why, and what load_state_dict would say. */
export function* diffText(difference: Difference, options: DiffTextOptions, theme: Theme): Generator<string> {
  yield sideLine('a', difference.a, theme)
  yield sideLine('b', difference.b, theme)
  const verdict = loadVerdict(difference)
  yield theme.paint(verdict.outcome, sentence(verdict.text, theme.ascii))
  yield ''
  const noFold = options.noFold === true
  if (difference.same) {
    yield theme.paint(
      'good',
      `the same ${comparedText(difference)} in all ${plural(difference.matched, 'tensor')}`,
    )
  }
  const unrecorded = difference.adapter === undefined ? unrecordedText(difference) : null
  if (unrecorded !== null) yield theme.paint('quiet', unrecorded)
  if (unrecorded !== null && !difference.same) yield ''
  for (const { title, rows } of diffSections(difference, { noFold })) {
    yield theme.paint('strong', title)
    const shown = noFold ? rows : rows.slice(0, theme.most(mostRows))
    for (const row of shown) yield* rowLines(row, theme)
    const rest = rows.length - shown.length
    if (rest > 0) yield theme.paint('quiet', `    and ${plural(rest, 'more line')} (--all shows them)`)
    yield ''
  }
  if (difference.same) yield ''
  if (difference.adapter === undefined) yield* loadText(difference, noFold, theme)
  else {
    for (const line of wrapped(adapterLoading, theme.columns ?? defaultColumns * 2))
      yield theme.paint('quiet', line)
    return
  }
  yield* valuesText(difference.valuesCompared, noFold, theme)
}

/** Names of tensors with other values that are shown where things are folded. */
const mostNames = 10

function* valuesText(values: Difference['valuesCompared'], noFold: boolean, theme: Theme): Generator<string> {
  if (values === false) {
    yield theme.paint(
      'quiet',
      'Values were not read: two checkpoints of one layout may hold different weights.',
    )
    return
  }
  const { same, different, notComparable, summary } = values
  const nameText = (name: string) => nameForOutput(name, theme.ascii)
  const style: Style = different.length === 0 ? 'good' : 'strong'
  if (summary !== undefined) yield theme.paint(style, sentence(summaryText(summary, nameText), theme.ascii))
  const alike = summary === undefined ? alikeText(values) : null
  if (alike !== null) yield theme.paint('strong', alike)
  const rest =
    notComparable === 0 ? '' : `, ${plural(notComparable, 'tensor')} of another type or shape not compared`
  if (different.length === 0) {
    if (same === 0 && rest === '') return
    yield theme.paint('good', `the same values in ${plural(same, 'tensor')}${rest}`)
    return
  }
  yield theme.paint(
    'strong',
    `other values in ${plural(different.length, 'tensor')}, the same in ${count(same)}${rest}`,
  )
  const rows = noFold
    ? different.map((one) => ({ label: one.a, items: [one] }))
    : foldNames(
        different,
        ({ a }) => a,
        ({ distance }) => (distance === undefined ? '' : 'known'),
      )
  const shown = noFold ? rows : rows.slice(0, theme.most(mostNames))
  for (const { label, items } of shown) {
    const name = items.length === 1 ? nameText(label) : label
    const times =
      items.length === 1 ? '' : `  ${theme.paint('fold', `${theme.glyphs.times}${count(items.length)}`)}`
    const far = distanceText(items)
    yield `  ${theme.paint('fold', '~')} ${name}${times}${far === '' ? '' : `  ${theme.paint('quiet', far)}`}`
  }
  if (shown.length < rows.length)
    yield theme.paint(
      'quiet',
      `    and ${plural(rows.length - shown.length, 'more line')} (--all shows them)`,
    )
}

function sideLine(letter: string, side: Side, theme: Theme): string {
  const { path, stateDict, format, tensors, buffers, bytes } = side
  const dot = ` ${theme.glyphs.dot} `
  const facts = [
    format,
    plural(tensors, 'tensor'),
    parametersText(side),
    ...(buffers > 0 ? [`${count(buffers)} in buffers`] : []),
    ...(bytes > 0 ? [bytesText(bytes)] : []),
  ]
  const at = stateDict === '' ? '' : ` at ${nameForOutput(stateDict, theme.ascii)}`
  const name = theme.paint('strong', nameForOutput(path, theme.ascii) + at)
  return `${theme.paint('quiet', letter)}  ${name}  ${theme.paint('quiet', sentence(facts.join(dot), theme.ascii))}`
}

const markStyles = { '+': 'good', '-': 'error', '~': 'fold' } as const satisfies Record<
  DiffRow['mark'],
  Style
>

function* rowLines(row: DiffRow, theme: Theme): Generator<string> {
  const parts: Part[] = [
    { text: row.subject.map((span) => spanText(span, theme)).join(''), style: 'plain' },
    { text: arrows(sentence(row.change, theme.ascii), theme), style: 'plain' },
    { text: row.times === 1 ? '' : `${theme.glyphs.times}${count(row.times)}`, style: 'fold' },
    { text: sentence(row.note, theme.ascii), style: 'quiet' },
  ]
  const mark: Part = { text: row.mark, style: markStyles[row.mark] }
  yield* fitted([mark, ...parts], theme)
}

interface Part {
  readonly text: string
  readonly style: Style
}

/** Cells before the parts of a line, and before those that did not fit on it. */
const indent = 2
const furtherIndent = 6

/** Parts on one line where they fit, else on more, those after the first further in. */
function* fitted(parts: readonly Part[], theme: Theme): Generator<string> {
  const room = theme.columns ?? Number.POSITIVE_INFINITY
  let line = ' '.repeat(indent)
  let width = indent
  let gap = ''
  for (const { text, style } of parts) {
    if (text === '') continue
    if (width > furtherIndent && width + gap.length + displayWidth(text) > room) {
      yield line
      line = ' '.repeat(furtherIndent)
      width = furtherIndent
      gap = ''
    }
    // What does not fit goes on further in.
    const cells = Math.max(20, room - Math.max(width + gap.length, furtherIndent))
    const [first = '', ...more] = displayWidth(text) > cells ? wrapped(text, cells) : [text]
    line += gap + theme.paint(style, first)
    width += gap.length + displayWidth(first)
    for (const piece of more) {
      yield line
      line = ' '.repeat(furtherIndent) + theme.paint(style, piece)
      width = furtherIndent + displayWidth(piece)
    }
    // A mark belongs to what follows.
    gap = text.length === 1 ? ' ' : '  '
  }
  yield line
}

function spanText(span: DiffSpan, theme: Theme): string {
  return 'said' in span ? arrows(span.said, theme) : patternForOutput(span.name, theme)
}

/** A name, or a pattern of plain names, which is shown without quotes. */
function patternForOutput(text: string, theme: Theme): string {
  return /^[A-Za-z0-9_.*{}, -]*$/.test(text) && text.length <= 1_000 && !/^\s*-|--|^\s|^$/.test(text)
    ? text
    : nameForOutput(text, theme.ascii)
}

const arrows = (text: string, theme: Theme): string => text.replaceAll('→', theme.glyphs.arrow)

function* loadText(difference: Difference, noFold: boolean, theme: Theme): Generator<string> {
  if (!isAlone(difference)) yield* modelText(difference, noFold, theme)
  for (const one of difference.optimizers) {
    const { text, outcome } = optimizerVerdict(one)
    yield theme.paint('strong', 'Loading the optimizer of a into that of b')
    yield* fitted(
      [
        {
          text: `${spanText({ name: one.a === '' ? 'optimizer' : one.a }, theme)}.load_state_dict(a)`,
          style: 'plain',
        },
        { text: sentence(text, theme.ascii), style: outcome },
        { text: `a: ${groupsText(one.groupsA)}; b: ${groupsText(one.groupsB)}`, style: 'quiet' },
      ],
      theme,
    )
    const shown = noFold ? one.misfits : one.misfits.slice(0, theme.most(mostNames))
    for (const { name, a, b } of shown)
      yield `    ${nameForOutput(name, theme.ascii)}  ${arrows(`${shapeText(a)} → ${shapeText(b)}`, theme)}`
    if (shown.length < one.misfits.length)
      yield theme.paint(
        'quiet',
        `    and ${plural(one.misfits.length - shown.length, 'more')} (--all shows them)`,
      )
    yield ''
  }
}

function* modelText(difference: Difference, noFold: boolean, theme: Theme): Generator<string> {
  const { load, loadRenamed, loadOwn, loadAssigned } = difference
  const calls = (name: string, result: LoadResult, told: Names) => [
    ...resultLines(`load_state_dict(${name}, strict=True)`, result, true, told, noFold, theme),
    ...resultLines(`load_state_dict(${name}, strict=False)`, result, false, told, noFold, theme),
  ]
  yield theme.paint('strong', 'Loading a into the model of b')
  yield* calls('a', load, loadRenamed?.strict === 'loads' ? 'keys' : 'modules')
  if (loadAssigned !== null && loadOwn === null)
    yield* resultLines('load_state_dict(a, assign=True)', loadAssigned, true, null, noFold, theme)
  if (loadOwn !== null) yield* calls('a.state_dict()', loadOwn, 'modules')
  if (load.tied.length > 0)
    yield `  ${theme.paint('quiet', `${plural(load.tied.length, 'of the missing keys is a tied name', 'of the missing keys are tied names').replace(/^1 of/, 'one of')} the file leaves out: safetensors.torch.load_model fills them in`)}`
  if (loadRenamed !== null) {
    yield `  ${theme.paint('quiet', 'with the renames applied to a (--rename-map FILE writes them):')}`
    yield* calls('a', loadRenamed, null)
  }
  yield ''
}

/** Names that a call tells: what is gone in modules first, keys alone where renames bring them back, none where they were told before. */
type Names = 'modules' | 'keys' | null

function* resultLines(
  call: string,
  result: LoadResult,
  strict: boolean,
  names: Names,
  noFold: boolean,
  theme: Theme,
): Generator<string> {
  const outcome = result[strict ? 'strict' : 'lenient']
  const style =
    outcome === 'raises' || loadsNothing(result) ? 'error' : outcome === 'loads' ? 'good' : 'warning'
  yield* fitted(
    [
      { text: call, style: 'plain' },
      { text: loadSummary(result, strict), style },
    ],
    theme,
  )
  // What strict=False raises is the end of what strict=True raises: it is told once.
  if ((!strict || names === null) && !noFold) return
  const gone = names === 'modules' && strict && outcome === 'raises' ? goneModules(result) : null
  if (gone !== null)
    yield* fitted(
      [
        { text: ' ', style: 'plain' },
        { text: sentence(gone, theme.ascii), style: 'quiet' },
      ],
      theme,
    )
  const room = theme.columns ?? defaultColumns * 2
  for (const line of loadLines(result, strict, noFold)) {
    const indent = line.startsWith('\t') ? '        ' : '    '
    const shown = printable(line.replace(/^\t/, ''), theme.ascii)
    const text = noFold ? [shown] : wrapped(shown, room - indent.length - 2)
    for (const [i, piece] of text.entries())
      yield `${i === 0 ? indent : `${indent}  `}${theme.paint('quiet', piece)}`
  }
}
