import type { About, Finding, FindingArgs, FindingLevel } from '../model/finding.ts'
import { type AboutOf, type ArgsOf, catalogue, type RuleId } from './catalogue.ts'
import type { Entry } from './entry.ts'

/** A finding as its readers know it: its rule is of the catalogue. */
export type KnownFinding = Finding & { readonly rule: RuleId }

type AboutParameters<Id extends RuleId> =
  Record<never, never> extends AboutOf<Id> ? [about?: AboutOf<Id>] : [about: AboutOf<Id>]

/**
 * Something noticed about a checkpoint.
 *
 * @param rule its id in the catalogue
 * @param args the facts its message is made of
 * @param about what it is about: a tensor, a file, a key, a line of a text
 */
export function finding<Id extends RuleId>(
  rule: Id,
  args: ArgsOf<Id>,
  ...[about = {} as AboutOf<Id>]: AboutParameters<Id>
): KnownFinding {
  const { level, message, levelOf, fix } = catalogue[rule] as unknown as Entry<ArgsOf<Id>, never>
  const what = typeof fix === 'function' ? fix(args) : fix
  return made(rule, levelOf?.(args) ?? reported(level), message(args, about), args, about, what ?? undefined)
}

function reported(level: FindingLevel | 'off'): FindingLevel {
  // A rule that is off unless a policy asks for it has its level from there.
  return level === 'off' ? 'warning' : level
}

function made(
  rule: RuleId,
  level: FindingLevel,
  message: string,
  args: object,
  { tensor, file, key, at }: About,
  fix: string | undefined,
): KnownFinding {
  return {
    rule,
    level,
    message,
    ...(file === undefined ? {} : { file }),
    ...(tensor === undefined ? {} : { tensor }),
    ...(key === undefined ? {} : { key }),
    ...(at === undefined ? {} : { at }),
    ...(Object.keys(args).length === 0 ? {} : { args: args as FindingArgs }),
    ...(fix === undefined ? {} : { fix }),
  }
}
