/** Something noticed about a checkpoint that is not an error of reading it. Plain data: renderers and the exit code see the same. */
export interface Finding {
  /** `area/name`, stable: `index/missing-shard`. */
  readonly rule: string
  /** `error`: the checkpoint is at fault (exit 1). `warning`: loads, but is not what it should be. `info`: worth knowing. */
  readonly level: 'error' | 'warning' | 'info'
  /** One line, no full stop. May quote the file. */
  readonly message: string
  /** The file it is in, relative to the checkpoint. */
  readonly file?: string
  readonly tensor?: string
  /** What to do, one sentence without a full stop. */
  readonly fix?: string
}
