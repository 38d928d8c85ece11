import { catalogue, type RuleId } from './catalogue.ts'
import type { Entry, RuleLevel } from './entry.ts'
import { pages } from './pages/index.ts'
import type { Page } from './pages/page.ts'

/** All that can be said of a rule without a checkpoint: what `explain`, docs/rules.md and SARIF show. */
export interface Rule extends Page {
  /** `area/name`, stable for ever. */
  readonly id: string
  /** Unless a policy or a finding says otherwise. */
  readonly level: RuleLevel
  readonly needs?: NonNullable<Entry<never, never>['needs']>
  readonly ofSamples?: true
}

/** The rule of an entry and its page, and nothing else of them. */
export function ruleOf(
  id: string,
  { level, needs, ofSamples }: Pick<Rule, 'level' | 'needs' | 'ofSamples'>,
  page: Page,
): Rule {
  const { claim, why, case: example, fix } = page
  return {
    id,
    level,
    claim,
    why,
    case: example,
    fix,
    ...(needs === undefined ? {} : { needs }),
    ...(ofSamples && { ofSamples }),
  }
}

/** The rules of all that is noticed while a checkpoint is read, in the order of the catalogue. */
export const catalogueRules: readonly Rule[] = Object.entries(catalogue).map(([id, entry]) =>
  ruleOf(id, entry as Entry<never, never>, pages[id as RuleId]),
)
