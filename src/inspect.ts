import type { Limits } from './limits.ts'
import type { Report } from './model/report.ts'
import type { ByteSource, Place } from './source/source.ts'

export interface InspectOptions {
  readonly limits?: Partial<Limits>
  /** Patterns over dotted names of tensors the user knows to be frozen. */
  readonly frozen?: readonly string[]
  /** The folder the source is in, for shards and config files. */
  readonly place?: Place
}

/** What is in this checkpoint: reads its headers, classifies each tensor, counts. */
export async function inspect(_source: ByteSource, _options: InspectOptions = {}): Promise<Report> {
  throw new Error('being built')
}
