import type { ExplainedClaim, Explanation } from '../../model/explanation.ts'
import { representationText } from '../../model/tensors/representation-text.ts'
import { levelRank } from '../../model/verdict.ts'
import { oddsText } from '../numbers.ts'
import { originalText } from '../original-text.ts'
import { sayingLines } from '../saying-lines.ts'
import { shapeText } from '../shape-text.ts'
import { nameForOutput, plural, sentence } from '../text.ts'
import { padEnd, wrapped } from '../width.ts'
import { defaultColumns, type Style, type Theme } from './theme.ts'

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
  for (const { name, dtype, shape, representation, value, original } of alike.slice(
    0,
    theme.most(mostNames),
  )) {
    const kept = representation === undefined ? '' : `, ${representationText(representation)}`
    const type =
      value === undefined
        ? `${dtype ?? 'dtype not recorded'} ${shapeText(shape)}${sentence(kept, theme.ascii)}`
        : sentence(value, theme.ascii)
    yield `${theme.paint('strong', nameForOutput(name, theme.ascii))}  ${theme.paint('quiet', type)}`
    if (original !== undefined)
      for (const line of wrapped(originalText(original), (theme.columns ?? defaultColumns * 2) - 4))
        yield `    ${theme.paint('quiet', line)}`
  }
  const rest = alike.length - theme.most(mostNames)
  if (rest > 0)
    yield theme.paint('quiet', `and ${plural(rest, 'more tensor')} with the same answers (--all shows them)`)
  const [explanation] = alike
  if (explanation === undefined) return
  yield* questionLines(explanation, 'kind', theme)
  yield* questionLines(explanation, 'trainable', theme)
  const cells = (theme.columns ?? defaultColumns * 2) - 2
  for (const line of sayingLines(alike))
    for (const part of wrapped(sentence(line, theme.ascii), cells)) yield `  ${theme.paint('quiet', part)}`
}

function* questionLines(
  explanation: Explanation,
  question: ExplainedClaim['question'],
  theme: Theme,
): Generator<string> {
  const { answer, level, reason, source, probability } = explanation[question]
  const claims = explanation.claims.filter((claim) => claim.question === question)
  const winner = claims.find(({ won }) => won)
  // An answer may follow from other answers rather than from a claim; it is told all the same.
  const told =
    winner === undefined ? [{ question, answer, level, reason, source, won: true }, ...claims] : claims
  const style: Style = question === 'kind' && answer === 'buffer' ? 'buffer' : 'strong'
  const odds = probability === undefined ? '' : `: ${oddsText(1 - probability)} of such answers is wrong`
  yield `  ${question}: ${theme.paint(style, answer)}${theme.paint('quiet', `, ${level}${odds}`)}`
  const rank = (claim: ExplainedClaim) => (claim.won ? 0 : claim.answer === answer ? 1 : 2)
  const sorted = [...told].sort((a, b) => rank(a) - rank(b) || levelRank(a.level) - levelRank(b.level))
  for (const claim of sorted) yield* claimLines(claim, answer, theme)
}

/** Room for the longest answer and level, so that all blocks line up. */
const answerCells = 'parameter'.length
const levelCells = 'recognised'.length

function* claimLines(claim: ExplainedClaim, answer: string, theme: Theme): Generator<string> {
  const { glyphs, ascii } = theme
  const mark = claim.won ? glyphs.won : claim.answer === answer ? glyphs.agrees : glyphs.disagrees
  const said = `${padEnd(claim.answer, answerCells)}  ${padEnd(claim.level, levelCells)}  `
  const indent = 6 + said.length
  const reason = `${sentence(claim.reason, ascii)} [${sentence(claim.source, ascii)}]`
  const columns = theme.columns ?? defaultColumns * 2
  const style: Style = claim.won ? 'plain' : 'quiet'
  const painted = theme.paint(claim.won ? 'good' : 'quiet', mark)
  // Beside the answer there is no room for a sentence: it stands below.
  if (columns - indent < 30) {
    yield `    ${painted} ${theme.paint(style, `${claim.answer}, ${claim.level}`)}`
    for (const line of wrapped(reason, Math.max(12, columns - 8))) yield `        ${theme.paint(style, line)}`
    return
  }
  const [first = '', ...more] = wrapped(reason, columns - indent)
  yield `    ${painted} ${theme.paint(style, said + first)}`
  for (const line of more) yield ' '.repeat(indent) + theme.paint(style, line)
}
