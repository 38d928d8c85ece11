import type { AboutOn, Entry } from './entry.ts'
import { formatFindings } from './format.ts'
import { shardIndexFindings } from './shard-index.ts'
import { shardsFindings } from './shards.ts'

/** Every kind of finding, by area: what readers, evidence and rules can say. */
export const catalogue = {
  ...formatFindings,
  ...shardsFindings,
  ...shardIndexFindings,
}

export type RuleId = keyof typeof catalogue

type EntryOf<Id extends RuleId> = (typeof catalogue)[Id]

/** The facts that the message of a finding is made of. */
export type ArgsOf<Id extends RuleId> =
  EntryOf<Id> extends Entry<infer Args, infer _>
    ? unknown extends Args
      ? Readonly<Record<never, never>>
      : Args
    : never

/** What a finding is about: at least that which all of its kind are about. */
export type AboutOf<Id extends RuleId> = EntryOf<Id> extends Entry<infer _, infer On> ? AboutOn<On> : never
