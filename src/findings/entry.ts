import type { About, FindingLevel } from '../model/finding.ts'

/** What a policy may say of a rule. */
export type RuleLevel = FindingLevel | 'off'

/** What a finding is about, of which it is known that some are there. */
export type AboutOn<On extends keyof About> = About & { readonly [Key in On]-?: NonNullable<About[Key]> }

/** One kind of finding: all that is needed to make one. What explains it is in `pages/`. */
export interface Entry<Args, On extends keyof About> {
  /** Unless a policy or `levelOf` says otherwise. */
  readonly level: RuleLevel
  /** One line, no full stop. */
  readonly message: (args: Args, about: AboutOn<On>) => string
  /** Where some of these findings are worse or milder than the others. */
  readonly levelOf?: (args: Args) => FindingLevel
  /** What to do, one sentence without a full stop, where more can be said than the page of the rule says. */
  readonly fixOf?: string | ((args: Args) => string | null)
  /** The same for a glance, where message and fix list more than a screen has room for; null where they do not. */
  readonly brief?: (args: Args) => { readonly message: string; readonly fix: string } | null
  /** What every such finding is about. */
  readonly about?: readonly On[]
  /** It is about the index of the shards, whatever file it names. */
  readonly ofIndex?: true
  /** Facts in which the same finding may differ from one run to the next: sizes and offsets. */
  readonly measures?: readonly (Args extends unknown ? keyof Args : never)[]
  /** `values`: it reads the values of tensors. `policy`: it has something to say where a policy asks for it. */
  readonly needs?: 'values' | 'policy'
  /** Of a rule that reads values: what it finds in some of them is true of all. */
  readonly ofSamples?: true
}

/** An entry of the catalogue, with the types of its facts taken from its `message`. */
export function entry<Args, On extends keyof About = never>(entry: Entry<Args, On>): Entry<Args, On> {
  return entry
}
