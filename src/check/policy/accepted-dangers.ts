import type { RuleLevel } from '../../findings/entry.ts'

/** The rule that says what a pickle calls: whatever one may import tomorrow is not known today. */
const dangers = 'security/pickle-globals'

/** How what it finds is accepted: one import after the other, by its name. */
export const acceptedByName = 'name what is accepted: imports: [{names: [package.module.Name], reason: why}]'

/** Whether a rule finds what no baseline, suppression or level may hide. */
export function isDanger(rule: string): boolean {
  return rule === dangers
}

/** Whether a level would hide such findings, or let them pass: what is an error stays one. */
export function hidesDangers(rule: string, level: RuleLevel): boolean {
  return isDanger(rule) && level !== 'error'
}
