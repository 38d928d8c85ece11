import { briefly } from '../../findings/brief.ts'
import type { Finding } from '../../model/finding.ts'
import { nameForOutput, plural, sentence } from '../text.ts'
import { wrapped } from '../width.ts'
import { defaultColumns, type Style, type Theme } from './theme.ts'

const styles = { error: 'error', warning: 'warning', info: 'quiet' } as const satisfies Record<
  Finding['level'],
  Style
>

/** Findings told in full; a file with ten thousand of one kind is told once. */
const mostFindings = 12

/** Findings, worst first, each as `✖ error index/missing-shard` and what was found, wrapped under it. */
export function* findingLines(findings: readonly Finding[], theme: Theme): Generator<string> {
  const sorted = (['error', 'warning', 'info'] as const).flatMap((level) =>
    findings.filter((finding) => finding.level === level),
  )
  const most = theme.most(mostFindings)
  for (const finding of sorted.slice(0, most)) yield* findingText(finding, theme)
  const rest = sorted.length - most
  if (rest > 0) yield theme.paint('quiet', `  ${plural(rest, 'more finding')} (--all shows them)`)
}

function* findingText(finding: Finding, theme: Theme): Generator<string> {
  const style = styles[finding.level]
  const glyph = theme.glyphs[finding.level]
  const where = finding.file === undefined ? '' : `${nameForOutput(finding.file, theme.ascii)}: `
  const room = (theme.columns ?? defaultColumns * 2) - 2
  // A pipe and --all have room for all of it.
  const isGlance = theme.interactive && Number.isFinite(theme.most(mostFindings))
  const { message, fix } = isGlance ? briefly(finding) : finding
  yield `${theme.paint(style, `${glyph} ${finding.level}`)}  ${theme.paint('quiet', sentence(finding.rule, theme.ascii))}`
  for (const line of wrapped(where + sentence(message, theme.ascii), room)) yield `  ${line}`
  if (fix === undefined) return
  for (const line of wrapped(`${theme.glyphs.arrow} ${sentence(fix, theme.ascii)}`, room))
    yield `  ${theme.paint('quiet', line)}`
}
