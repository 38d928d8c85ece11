export type FindingLevel = 'error' | 'warning' | 'info'

/** A place in a text file that a person can open: a policy, an index, a lock. */
export interface TextPlace {
  /** As the user named it, or below a path the user named. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column?: number
}

/** A fact that a message is made of. */
export type FindingArg = string | number | boolean | null | readonly string[]
export type FindingArgs = Readonly<Record<string, FindingArg>>

/** What a finding is about. */
export interface About {
  readonly tensor?: string | undefined
  /** The file it is in, relative to the checkpoint. */
  readonly file?: string | undefined
  /** What stands in that file, or in the index of the shards, where it is a text: a key, or a name. */
  readonly key?: string | undefined
  /** The text that was not fulfilled. */
  readonly at?: TextPlace | undefined
}

/**
 * Something noticed about a checkpoint that is not an error of reading it. Plain data: renderers and the exit code
 * see the same. `finding` of `src/findings/` makes them.
 */
export interface Finding {
  /** `area/name`, stable: `index/missing-shard`. */
  readonly rule: string
  /** `error`: the checkpoint is at fault (exit 1). `warning`: loads, but is not what it should be. `info`: worth knowing. */
  readonly level: FindingLevel
  /** One line, no full stop. May quote the file. */
  readonly message: string
  /** The file it is in, relative to the checkpoint. */
  readonly file?: string
  readonly tensor?: string
  /** What stands in that file, or in the index of the shards, where it is a text: a key, or a name. */
  readonly key?: string
  /** The text that was not fulfilled: a policy, a lock. */
  readonly at?: TextPlace
  /** What the message is made of, for programs. */
  readonly args?: FindingArgs
  /** What to do, one sentence without a full stop; what the page of the rule says when absent. */
  readonly fix?: string
}
