import { SdinspectError } from '../../errors.ts'
import type { RuleLevel } from '../../findings/entry.ts'
import { nearest } from '../../model/names/edit-distance.ts'

const levels: ReadonlyMap<string, RuleLevel> = new Map([
  ['error', 'error'],
  ['warning', 'warning'],
  ['warn', 'warning'],
  ['info', 'info'],
  ['off', 'off'],
])

/** What `--rule ID=LEVEL` says, the last of each rule. @throws SdinspectError `usage/arguments` */
export async function readLevels(texts: readonly string[]): Promise<ReadonlyMap<string, RuleLevel>> {
  const { ruleById } = await import('../../check/all-rules.ts')
  const { acceptedByName, hidesDangers } = await import('../../check/policy/accepted-dangers.ts')
  const said = new Map<string, RuleLevel>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    const id = equals < 0 ? text : text.slice(0, equals)
    if (!ruleById.has(id)) {
      const near = nearest(id, ruleById.keys())
      throw new SdinspectError('usage/arguments', `--rule: there is no rule ${JSON.stringify(id)}`, {
        hint: near === undefined ? 'sdinspect explain lists the rules' : `did you mean ${near}?`,
      })
    }
    const level = equals < 0 ? undefined : levels.get(text.slice(equals + 1))
    if (level === undefined)
      throw new SdinspectError('usage/arguments', `--rule ${text} names no level`, {
        hint: 'write it as --rule ID=error, warning, info or off',
      })
    if (hidesDangers(id, level))
      throw new SdinspectError(
        'usage/arguments',
        `--rule: ${id} cannot be ${level}: it would let pass whatever a pickle imports next`,
        { hint: `in the policy, ${acceptedByName}` },
      )
    said.set(id, level)
  }
  return said
}
