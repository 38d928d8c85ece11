import type { ExplainedClaim, Explanation } from '../model/explanation.ts'
import { levelRank } from '../model/verdict.ts'
import { nameForOutput, padEnd, plural, sentence, wrapped } from './text.ts'
import { defaultColumns, type Style, type Theme } from './theme.ts'
import { shapeText } from './tree.ts'

/** Tensors told by name when several have the same story. */
const mostNames = 8

/**
 * What `sdinspect why` prints: for each tensor both answers and every claim, the one that won marked. Tensors
 * with the same answers and the same claims share one block.
 */
export function* whyText(explanations: readonly Explanation[], theme: Theme): Generator<string> {
  const stories = new Map<string, Explanation[]>()
  for (const explanation of explanations) {
    const { kind, trainable, claims } = explanation
    const key = JSON.stringify([kind, trainable, claims])
    const told = stories.get(key)
    if (told === undefined) stories.set(key, [explanation])
    else told.push(explanation)
  }
  let first = true
  for (const alike of stories.values()) {
    if (!first) yield ''
    first = false
    yield* storyLines(alike, theme)
  }
}

function* storyLines(alike: readonly Explanation[], theme: Theme): Generator<string> {
  for (const { name, dtype, shape } of alike.slice(0, mostNames)) {
    const type = `${dtype ?? 'dtype not recorded'} ${shapeText(shape)}`
    yield `${theme.paint('strong', nameForOutput(name, theme.ascii))}  ${theme.paint('quiet', type)}`
  }
  const rest = alike.length - mostNames
  if (rest > 0) yield theme.paint('quiet', `and ${plural(rest, 'more tensor')} with the same answers`)
  const [explanation] = alike
  if (explanation === undefined) return
  yield* questionLines(explanation, 'kind', theme)
  yield* questionLines(explanation, 'trainable', theme)
}

function* questionLines(
  explanation: Explanation,
  question: ExplainedClaim['question'],
  theme: Theme,
): Generator<string> {
  const { answer, level, reason, source } = explanation[question]
  const claims = explanation.claims.filter((claim) => claim.question === question)
  const winner = claims.find(({ won }) => won)
  // An answer may follow from other answers rather than from a claim; it is told all the same.
  const told =
    winner === undefined ? [{ question, answer, level, reason, source, won: true }, ...claims] : claims
  const style: Style = question === 'kind' && answer === 'buffer' ? 'buffer' : 'strong'
  yield `  ${theme.paint('quiet', padEnd(question, 10))}${theme.paint(style, answer)} ${theme.paint('quiet', level)}`
  const sorted = [...told].sort(
    (a, b) => Number(b.won) - Number(a.won) || levelRank(a.level) - levelRank(b.level),
  )
  const width = (of: (claim: ExplainedClaim) => string) =>
    Math.max(...sorted.map((claim) => of(claim).length))
  const widths = { answer: width((claim) => claim.answer), level: width((claim) => claim.level) }
  for (const claim of sorted) yield* claimLines(claim, widths, theme)
}

function* claimLines(
  claim: ExplainedClaim,
  widths: { readonly answer: number; readonly level: number },
  theme: Theme,
): Generator<string> {
  const { glyphs, ascii } = theme
  const mark = claim.won ? theme.paint('good', glyphs.won) : theme.paint('quiet', glyphs.lost)
  const head = `${padEnd(claim.answer, widths.answer)}  ${padEnd(claim.level, widths.level)}`
  const indent = 6 + head.length + 2
  const said = `${sentence(claim.reason, ascii)} [${sentence(claim.source, ascii)}]`
  const [first = '', ...more] = wrapped(said, Math.max(30, (theme.columns ?? defaultColumns * 2) - indent))
  yield `    ${mark} ${claim.won ? head : theme.paint('quiet', head)}  ${claim.won ? first : theme.paint('quiet', first)}`
  for (const line of more) yield ' '.repeat(indent) + (claim.won ? line : theme.paint('quiet', line))
}
