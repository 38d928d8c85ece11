import type { Rule } from '../findings/rules.ts'

/** One rule, as Markdown: in docs/rules.md, `explain` and the help of code scanning. */
export function* rulePage({ id, level, claim, why, case: example, fix, needs }: Rule): Generator<string> {
  yield `## ${id}\n\n`
  yield `${claim}. Level: ${level}.`
  if (needs === 'values') yield ' Reads values: skipped until they are read.'
  if (needs === 'policy') yield ' Speaks where a policy asks for it.'
  yield `\n\n${why}\n\n`
  yield `Case: ${example}\n\n`
  yield `Fix: ${fix}.\n`
}
