import type { Rule } from '../../findings/rules.ts'
import { rulePage } from '../rule-page.ts'

/** The page of all rules, which is docs/rules.md. */
export function* rulesMarkdown(rules: readonly Rule[]): Generator<string> {
  yield '# Rules\n\n'
  yield 'What `sdinspect check` holds a checkpoint to. This page is made from the rules (`src/findings/`, `src/check/rules/`); '
  yield '`sdinspect explain RULE` shows one of them. Levels are defaults: a policy or `--rule ID=LEVEL` changes them, '
  yield 'and a finding may be milder or worse than its rule.\n\n'
  yield '| rule | level | what holds without a finding |\n|---|---|---|\n'
  for (const { id, level, claim } of rules) yield `| [${id}](#${anchor(id)}) | ${level} | ${claim} |\n`
  for (const rule of rules) {
    yield '\n'
    yield* rulePage(rule)
  }
}

/** As GitHub makes it of a heading. */
function anchor(id: string): string {
  return id.toLowerCase().replace(/[^a-z0-9 _-]/g, '')
}
