import type { Limits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { ByteSource, Place } from '../source/source.ts'
import type { Watch } from '../source/watch.ts'
import type { PublishedNames } from './published-names.ts'
import type { SideFilesRead } from './side-files.ts'

/** What a format may use besides the file itself. */
export interface ReadContext {
  readonly limits: Limits
  /** The folder the file is in; absent for bytes in memory and standard input. */
  readonly place?: Place
  /** Compares at once what is left for later of a file at a distance (`Unverified`): one more round. */
  readonly verify?: boolean | undefined
  /** The run of reading that the file and `place` are under already. */
  readonly watch?: Watch
  /** The configuration files beside the file, which are being read meanwhile. */
  readonly side?: Promise<SideFilesRead>
  /** What is made of the checkpoint while the file that it is in, if it is in one, is still open. */
  readonly completed?: ((checkpoint: Checkpoint, from: ReadFrom) => Promise<Checkpoint>) | undefined
}

/** What a checkpoint was read from. */
export interface ReadFrom {
  /** The file it is in; null where it is in several. */
  readonly main: ByteSource | null
  readonly place?: Place | undefined
}

/** One file format, which says all of itself. Register it in `formats/weight-formats.ts`. */
export interface Format {
  /** What `Checkpoint.format` says, where it is not one of `kinds`. */
  readonly id: string
  /** What else `Checkpoint.format` may say of a file of it. */
  readonly kinds?: readonly string[]
  /** For messages: `safetensors`, `JSON state dict`. */
  readonly title: string
  /** Formats of one family are written and loaded by one library, under names that do not tell which it is. */
  readonly family: string
  /** Usual endings of the file's name, with the dot. The bytes decide what a file is; the name, where they say nothing. */
  readonly endings: readonly string[]
  /** People trust a file of this name to be no pickle: that it is something else is the file's fault. */
  readonly isTrusted?: true
  /** Its members have checksums, which are compared when their values are read; a list: so have those of these kinds of it. */
  readonly isArchive?: true | readonly string[]
  /** What such a file has of a state dict besides its tensors. */
  readonly keeps: {
    /** `_metadata`, with the version of each module. */
    readonly versions: boolean
    /** Every name of a tied tensor, and not one for all. */
    readonly tiedNames: boolean
  }
  /** What converters into it call tensors of other libraries, where that is published; told by the metadata of a file. */
  published?(metadata: ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>): PublishedNames
  /** Of the files of a folder, those that each stand for a checkpoint of this format. Without it, those with its endings. */
  findIn?(names: readonly string[]): readonly string[]
  /** Whether a file of a folder belongs to another of its files, and is no checkpoint of its own. */
  isPart?(name: string, names: readonly string[]): boolean
  /**
   * What of a file at a distance is fetched with its first bytes, when its name is of this format: the end, where
   * the format keeps a directory there, or all of it, where nothing less will do. Absent: its start, and more of it
   * when more is needed.
   */
  readonly fetch?: 'both-ends' | 'all'
  /** Bytes at the start in which most files have all of their header. Absent where that differs too much. */
  readonly headerBytes?: number
  /** Whether a file that starts with `head` (its first 512 bytes or all of it) claims to be of this format. */
  detect(head: Uint8Array, size: number): boolean
  /** A closer look than `detect`, at a file that is not called like this format: whether it is of it. */
  sniff?(source: ByteSource, limits: Limits): Promise<boolean>
  /** Whether a file that no format claims, and that may say to be anything, is of this one all the same. */
  hides?(source: ByteSource, limits: Limits): Promise<boolean>
  /**
   * Reads the structure, never the values.
   *
   * @throws SdinspectError `format/*` when the file breaks a rule, `limit/exceeded`, `source/*`
   */
  read(source: ByteSource, context: ReadContext): Promise<Checkpoint>
}
