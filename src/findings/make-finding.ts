import type { About, Finding, FindingArgs } from '../model/finding.ts'
import type { AboutOn, Entry } from './entry.ts'

/** What has to be said of what a finding is about; nothing, where not all of its kind are about the same. */
export type AboutParameters<On extends keyof About> = [On] extends [never]
  ? [about?: About]
  : [about: AboutOn<On>]

/** A finding of the rule `rule`, of which `entry` says how it is told. */
export function makeFinding<Args, On extends keyof About>(
  rule: string,
  { level, message, levelOf, fixOf }: Entry<Args, On>,
  args: Args,
  [about = {} as AboutOn<On>]: AboutParameters<On>,
): Finding {
  const { tensor, file, key, at } = about as About
  const fix = (typeof fixOf === 'function' ? fixOf(args) : fixOf) ?? undefined
  return {
    rule,
    // A rule that is off unless a policy asks for it has its level from there.
    level: levelOf?.(args) ?? (level === 'off' ? 'warning' : level),
    message: message(args, about as AboutOn<On>),
    ...(file === undefined ? {} : { file }),
    ...(tensor === undefined ? {} : { tensor }),
    ...(key === undefined ? {} : { key }),
    ...(at === undefined ? {} : { at }),
    ...(Object.keys(args as object).length === 0 ? {} : { args: args as FindingArgs }),
    ...(fix === undefined ? {} : { fix }),
  }
}
