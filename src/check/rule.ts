import type { Entry } from '../findings/entry.ts'
import { type AboutParameters, makeFinding } from '../findings/make-finding.ts'
import type { Page } from '../findings/pages/page.ts'
import { type Rule, ruleOf } from '../findings/rules.ts'
import type { About, Finding, FindingArgs } from '../model/finding.ts'
import type { CheckSubject } from './check-subject.ts'

/** Makes a finding of one rule from the facts its message is made of. */
export type Tell<Args, On extends keyof About = never> = (
  args: Args,
  ...about: AboutParameters<On>
) => Finding

/** A rule that looks for its findings in what was read. */
export interface CheckRule extends Rule {
  /** Facts that do not tell its findings from each other. */
  readonly measures: readonly string[]
  /** What one of its findings says, made of the facts of it. */
  readonly message: (args: FindingArgs, about: About) => string
  check(subject: CheckSubject): Iterable<Finding>
}

/** How such a rule is written: an entry as those of the catalogue, its page, and what it looks for. */
interface Definition<Args, On extends keyof About> extends Entry<Args, On>, Page {
  readonly id: string
  check(subject: CheckSubject, tell: Tell<Args, On>): Iterable<Finding>
}

/** A rule, for the list in `rules/index.ts`. The types of its facts are taken from its `message`. */
export function rule<Args, On extends keyof About = never>(definition: Definition<Args, On>): CheckRule {
  const { id, measures = [] } = definition
  const tell: Tell<Args, On> = (args, ...about) => makeFinding(id, definition, args, about)
  return {
    ...ruleOf(id, definition, definition),
    measures: measures as readonly string[],
    message: definition.message as unknown as CheckRule['message'],
    check: (subject) => definition.check(subject, tell),
  }
}
