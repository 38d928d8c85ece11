import { entryOf } from '../findings/catalogue.ts'
import type { Entry } from '../findings/entry.ts'
import { catalogueRules, type Rule, ruleOf } from '../findings/rules.ts'
import type { About, FindingArgs } from '../model/finding.ts'
import { checkRules } from './rules/index.ts'

/** Every rule: of what a reader notices and of what a check looks for. By area, and in an area by name. */
export const rules: readonly Rule[] = byArea([
  ...catalogueRules,
  ...checkRules.map((rule) => ruleOf(rule.id, rule, rule)),
])

export const ruleById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]))

const ownMeasures = new Map(checkRules.map(({ id, measures }) => [id, measures]))

/** Facts that do not tell the findings of a rule from each other. */
export function measuresOf(rule: string): ReadonlySet<string> {
  return new Set(ownMeasures.get(rule) ?? entryOf(rule)?.measures)
}

const ownMessages = new Map(checkRules.map(({ id, message }) => [id, message]))

/** What a finding of a rule says, made of its facts; null where there is no such rule. */
export function messageOf(rule: string, args: FindingArgs, about: About): string | null {
  const message = (ownMessages.get(rule) ?? entryOf(rule)?.message) as
    | Entry<FindingArgs, never>['message']
    | undefined
  return message?.(args, about) ?? null
}

/** Areas in the order in which they first appear. */
function byArea(all: readonly Rule[]): readonly Rule[] {
  const areas = new Map<string, Rule[]>()
  for (const rule of all) {
    const area = rule.id.slice(0, rule.id.indexOf('/'))
    const list = areas.get(area)
    if (list === undefined) areas.set(area, [rule])
    else list.push(rule)
  }
  return [...areas.values()].flatMap((list) => list.sort((a, b) => (a.id < b.id ? -1 : 1)))
}
