import type { CheckedSummary, CheckReport } from '../../check/check-report.ts'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { bytesText } from '../../model/bytes-text.ts'
import { unnamedTensor } from '../finding-place.ts'
import { count, nameForOutput, parametersText, plural, sentence } from '../text.ts'
import { wrapped } from '../width.ts'
import { defaultColumns, type Style, type Theme } from './theme.ts'

const styles = { error: 'error', warning: 'warning', info: 'quiet' } as const satisfies Record<
  CheckFinding['level'],
  Style
>

export interface CheckTextOptions {
  readonly showSuppressed: boolean
}

/** What `sdinspect check` prints: each checkpoint with its findings, and the sum of it. */
export function* checkText(
  report: CheckReport,
  { showSuppressed }: CheckTextOptions,
  theme: Theme,
): Generator<string> {
  const shown = report.findings.filter(({ suppressed }) => showSuppressed || suppressed === null)
  const byPath = new Map<string, CheckFinding[]>()
  for (const finding of shown) {
    const list = byPath.get(finding.path)
    if (list === undefined) byPath.set(finding.path, [finding])
    else list.push(finding)
  }
  for (const checkpoint of report.checkpoints) {
    const findings = byPath.get(checkpoint.path) ?? []
    byPath.delete(checkpoint.path)
    if (findings.length === 0 && checkpoint.error === null) continue
    yield headLine(checkpoint, theme)
    yield* otherNameLines(checkpoint, theme)
    if (checkpoint.error !== null) yield* reasonLines(checkpoint.error, theme)
    if (findings.length > 0) yield* findingBlock(findings, theme)
    else yield ''
  }
  for (const [path, findings] of byPath) {
    yield theme.paint('strong', nameForOutput(path, theme.ascii))
    yield* findingBlock(findings, theme)
  }
  yield* soundLines(report, theme)
  yield* leftLines(report.left, theme)
  yield* sumLines(report, theme)
}

/** Checkpoints of several in which nothing was found: they were looked at too. */
function* soundLines({ checkpoints, findings, left, summary }: CheckReport, theme: Theme): Generator<string> {
  const isOne = checkpoints.length === 1 && checkpoints[0]?.otherNames === undefined
  if (checkpoints.length === 0 || (isOne && left.length === 0)) return
  const told = new Set(findings.filter(({ suppressed }) => suppressed === null).map(({ path }) => path))
  const sound = checkpoints.filter(({ path, error }) => error === null && !told.has(path))
  if (sound.length === 0) return
  for (const checkpoint of sound.slice(0, theme.most(mostSound))) {
    yield `${summary.coverage.values?.sampled ? theme.paint('warning', theme.glyphs.warning) : theme.paint('good', theme.glyphs.won)} ${headLine(checkpoint, theme)}`
    yield* otherNameLines(checkpoint, theme)
  }
  if (sound.length > theme.most(mostSound))
    yield theme.paint(
      'quiet',
      `  and ${count(sound.length - mostSound)} more without findings (--all shows them)`,
    )
  yield ''
}

const mostSound = 20

/** Files told by name, and reasons; the rest are counted. */
const mostLeft = 4
const mostReasons = 10

/** What is in the folders besides: by its reason, and some of the names. */
function* leftLines(left: CheckReport['left'], theme: Theme): Generator<string> {
  if (left.length === 0) return
  const byReason = new Map<string, string[]>()
  for (const { path, why } of left) {
    const paths = byReason.get(why)
    if (paths === undefined) byReason.set(why, [path])
    else paths.push(path)
  }
  const room = (theme.columns ?? defaultColumns * 2) - 4
  yield theme.paint('quiet', 'left alone')
  for (const [why, paths] of [...byReason].slice(0, theme.most(mostReasons))) {
    const names = paths.slice(0, theme.most(mostLeft)).map((path) => nameForOutput(path, theme.ascii))
    const more = paths.length > theme.most(mostLeft) ? ` and ${count(paths.length - mostLeft)} more` : ''
    const line = `${sentence(why, theme.ascii)}: ${names.join(', ')}${more}`
    for (const part of wrapped(line, room)) yield theme.paint('quiet', `    ${part}`)
  }
  if (byReason.size > theme.most(mostReasons))
    yield theme.paint(
      'quiet',
      `    and for ${count(byReason.size - mostReasons)} more reasons (--all shows them)`,
    )
  yield ''
}

function headLine(checked: CheckedSummary, theme: Theme): string {
  const { path, format, tensors, bytes, error } = checked
  const facts =
    error !== null
      ? ['could not be checked']
      : format === null
        ? ['could not be read']
        : [
            format,
            plural(tensors, 'tensor'),
            parametersText(checked),
            ...(bytes > 0 ? [bytesText(bytes)] : []),
          ]
  const shown = facts.map((fact) => sentence(fact, theme.ascii)).join(` ${theme.glyphs.dot} `)
  return `${theme.paint('strong', nameForOutput(path, theme.ascii))}  ${theme.paint('quiet', shown)}`
}

/** What the same files are called as well. */
function* otherNameLines({ otherNames = [] }: CheckedSummary, theme: Theme): Generator<string> {
  if (otherNames.length === 0) return
  const names = otherNames.slice(0, mostNames).map((name) => nameForOutput(name, theme.ascii))
  const more = otherNames.length > mostNames ? ` and ${count(otherNames.length - mostNames)} more` : ''
  const room = (theme.columns ?? defaultColumns * 2) - 4
  for (const line of wrapped(`the same files: ${names.join(', ')}${more}`, room))
    yield theme.paint('quiet', `    ${line}`)
}

const mostNames = 20

/** Why it could not be checked. */
function* reasonLines(
  { message, hint }: NonNullable<CheckedSummary['error']>,
  theme: Theme,
): Generator<string> {
  const room = (theme.columns ?? defaultColumns * 2) - 4
  yield ''
  for (const line of wrapped(sentence(message, theme.ascii), room)) yield `    ${theme.paint('error', line)}`
  if (hint === null) return
  for (const line of wrapped(`${theme.glyphs.arrow} ${sentence(hint, theme.ascii)}`, room))
    yield `    ${theme.paint('quiet', line)}`
}

function* findingBlock(findings: readonly CheckFinding[], theme: Theme): Generator<string> {
  yield ''
  for (const finding of findings) yield* findingLines(finding, theme)
  yield ''
}

function* findingLines(finding: CheckFinding, theme: Theme): Generator<string> {
  const { level, rule, message, fix, suppressed } = finding
  const room = (theme.columns ?? defaultColumns * 2) - 4
  const why = suppressed === null ? '' : `  suppressed by ${suppressed.by}: ${suppressed.reason}`
  yield `  ${theme.paint(styles[level], `${theme.glyphs[level]} ${level}`)}  ${theme.paint('quiet', nameForOutput(rule, theme.ascii) + sentence(why, theme.ascii))}`
  for (const line of wrapped(placeText(finding, theme) + sentence(message, theme.ascii), room))
    yield `    ${line}`
  if (fix === null) return
  for (const line of wrapped(`${theme.glyphs.arrow} ${sentence(fix, theme.ascii)}`, room))
    yield `    ${theme.paint('quiet', line)}`
}

/** Where it is: the line of a text, else the tensor the message may not have named, else the file. */
function placeText(finding: CheckFinding, theme: Theme): string {
  const { path, file, line, column } = finding
  const place =
    file === null || (file === path && line === null)
      ? ''
      : nameForOutput(file, theme.ascii) +
        (line === null ? '' : `:${line}${column === null ? '' : `:${column}`}`)
  const unnamed = unnamedTensor(finding)
  const name = unnamed === null ? '' : nameForOutput(unnamed, theme.ascii)
  return [place, name]
    .filter((part) => part !== '')
    .map((part) => `${part}: `)
    .join('')
}

function* sumLines({ summary, checkpoints, status }: CheckReport, theme: Theme): Generator<string> {
  const { errors, warnings, infos, suppressed, coverage } = summary
  const counts = [
    [errors, 'error'],
    [warnings, 'warning'],
    [infos, 'note'],
  ] as const
  const parts = counts.filter(([number]) => number > 0).map(([number, word]) => plural(number, word))
  const found = parts.length === 0 ? 'no findings' : parts.join(', ')
  const hidden = suppressed === 0 ? '' : ` (${count(suppressed)} suppressed)`
  const { unreadable } = coverage
  const all = plural(coverage.checkpoints, 'checkpoint')
  const tensors = plural(coverage.tensors, 'tensor')
  if (unreadable > 0 && unreadable === coverage.checkpoints)
    return yield theme.paint('error', `${theme.glyphs.error} could not check ${all}, ${tensors}`)
  const missed = unreadable === 0 ? '' : `could not check ${count(unreadable)} of ${all}; `
  const where = unreadable === 0 ? all : `the other ${count(coverage.checkpoints - unreadable)}`
  const asked = `${plural(coverage.rules, 'rule')} run${skippedText(checkpoints)}`
  const line = `${missed}${found}${hidden} in ${where}, ${tensors} ${theme.glyphs.dot} ${asked}${valuesText(coverage, theme)}`
  // The mark of all being well is for all being well.
  const isClean = status === 'pass' && errors + warnings === 0
  const isSample = coverage.values?.sampled === true
  const [mark, style, said] =
    isClean && isSample
      ? ([theme.glyphs.warning, 'warning', `a sample passed: ${line}`] as const)
      : isClean
        ? ([theme.glyphs.won, 'good', line] as const)
        : status === 'pass'
          ? ([theme.glyphs.warning, 'warning', `passed with ${line}`] as const)
          : ([theme.glyphs.error, 'error', line] as const)
  const [first = '', ...more] = theme.columns === null ? [said] : wrapped(said, theme.columns - 2)
  yield theme.paint(style, `${mark} ${first}`)
  for (const rest of more) yield theme.paint(style, `  ${rest}`)
}

/** How much of the values the verdict rests on: nothing where none was asked for, which the skipped rules say. */
function valuesText({ values }: CheckReport['summary']['coverage'], { glyphs }: Theme): string {
  if (values === undefined) return ''
  const { tensors, tensorsRead, bytes, bytesRead, sampled } = values
  if (sampled)
    return ` ${glyphs.dot} values sampled: ${bytesText(bytesRead)} of ${bytesText(bytes)}, in ${count(tensorsRead)}/${plural(tensors, 'tensor')}`
  const state = tensorsRead === tensors ? 'complete' : 'partial'
  return ` ${glyphs.dot} values of ${count(tensorsRead)}/${plural(tensors, 'tensor')}, ${bytesText(bytesRead)}, ${state}`
}

/** Rules that were skipped, and the one reason they share; nothing of what is no checkpoint, where no rule was run. */
function skippedText(checkpoints: readonly CheckedSummary[]): string {
  const skipped = checkpoints
    .filter(({ format }) => format !== null)
    .flatMap((checkpoint) => checkpoint.skipped)
  const rules = new Set(skipped.map(({ rule }) => rule))
  const reasons = new Set(skipped.map(({ reason }) => reason))
  if (rules.size === 0) return ''
  return `, ${count(rules.size)} skipped${reasons.size === 1 ? `: ${[...reasons][0]}` : ''}`
}
