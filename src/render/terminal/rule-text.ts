import type { Rule } from '../../findings/rules.ts'
import { padEnd, wrapped } from '../width.ts'
import { linesWithin } from './lines-within.ts'
import { defaultColumns, type Theme } from './theme.ts'

/** Every rule: id, level, claim. */
export function* ruleList(rules: readonly Rule[], theme: Theme): Generator<string> {
  const width = Math.max(...rules.map(({ id }) => id.length)) + 2
  const indent = width + levelWidth
  const room = theme.columns === null ? Number.POSITIVE_INFINITY : theme.columns - indent
  if (room < leastClaim) return yield* narrowRuleList(rules, theme)
  for (const { id, level, claim } of rules) {
    const [first = '', ...more] = wrapped(claim, room)
    yield `${padEnd(id, width)}${theme.paint('quiet', padEnd(level, levelWidth))}${first}`
    for (const line of more) yield ' '.repeat(indent) + line
  }
}

const levelWidth = 9
/** Cells that a claim needs beside the id. */
const leastClaim = 24

/** The same where there is no room beside the ids: the claim below. */
function* narrowRuleList(rules: readonly Rule[], theme: Theme): Generator<string> {
  for (const { id, level, claim } of rules) {
    yield* linesWithin([`${id}  ${theme.paint('quiet', level)}`], theme)
    yield* linesWithin([`  ${claim}`], theme)
  }
}

/** What `sdinspect explain` prints of one rule. */
export function* ruleText(rule: Rule, theme: Theme): Generator<string> {
  yield `${theme.paint('strong', rule.id)}  ${theme.paint('quiet', rule.level)}`
  yield ''
  yield* paragraph('holds', rule.claim, theme)
  yield* paragraph('why', rule.why, theme)
  yield* paragraph('case', rule.case, theme)
  yield* paragraph('fix', rule.fix, theme)
  if (rule.needs === 'values')
    yield* paragraph('note', 'reads the values of tensors, and is skipped until they are', theme)
  if (rule.needs === 'policy') yield* paragraph('note', 'speaks where a policy asks for it', theme)
  yield ''
  yield* paragraph('level', `in sdinspect.yaml, rules: { ${rule.id}: error | warning | info | off }`, theme)
  yield* paragraph(
    'suppress',
    `in sdinspect.yaml, suppress: [{ rule: ${rule.id}, tensors: [...], reason: ... }]`,
    theme,
  )
}

function* paragraph(label: string, text: string, theme: Theme): Generator<string> {
  const indent = 10
  const [first = '', ...more] = wrapped(text, Math.min(theme.columns ?? defaultColumns, 100) - indent)
  yield theme.paint('quiet', padEnd(label, indent)) + first
  for (const line of more) yield ' '.repeat(indent) + line
}
