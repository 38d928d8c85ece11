import type { OpenPair } from '../compare/value-difference.ts'
import type { LockedFile } from '../lock/lock.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { Report } from '../model/report.ts'
import type { StatisticsReport } from '../model/values/statistics.ts'
import type { ValueDistance } from '../model/values/value-distance.ts'
import type { BaseComparison, ValueReading } from '../model/values/value-reading.ts'
import type { OpenCheckpoint, OpenOptions } from '../node.ts'
import type { ReadAgainOptions, ReadingPart } from '../read-again.ts'
import type { Look, View, Views } from '../render/renderer.ts'
import type { DigestResult, StatisticsPartResult } from '../render/results.ts'
import type { Traffic } from '../source/traffic.ts'
import type { Progress } from '../source/watch.ts'
import type { Completes } from './arguments/flag.ts'
import type { FlagName } from './arguments/flags.ts'
import type { Options } from './arguments/options.ts'
import type { SaidByUser } from './arguments/said.ts'
import type { ExitCode, Io } from './io.ts'
import type { Output } from './output/output.ts'
import type { Talk } from './output/talk.ts'

/**
 * One command, which comes to a `Result`. Register it in `commands/index.ts`. What it needs for its work it loads
 * when it runs.
 */
export interface Command<Name extends FlagName = FlagName, Result = unknown> {
  readonly name: string
  readonly summary: string
  /** In commander's notation: `<path...>`. */
  readonly operands: readonly {
    readonly name: string
    readonly help: string
    readonly choices?: readonly string[]
    /** What it is one of, where the command itself says what it did not know. */
    readonly completes?: Completes
  }[]
  /** The flags it has: it sees the options of these and no others. */
  readonly flags: readonly Name[]
  /** How its result is shown, by `--format`: `viewsOf(…)` where there are renderers for it, its own where not. */
  readonly views: Views<Result>
  /** Arguments after `sdinspect`, and what they do. */
  readonly examples: readonly (readonly [string, string])[]
  run(call: Call<Name, Result>): Promise<ExitCode>
}

/** A command for the list, which has forgotten what its own flags and result are. */
export function command<const Name extends FlagName, Result>(about: Command<Name, Result>): Command {
  return about as unknown as Command
}

/** The options of the flags a command has. */
export type OptionsOf<Name extends FlagName> = Pick<Options, Name & keyof Options>

/** One call of a command: what was asked, and where the answer goes. */
export interface Call<Name extends FlagName = FlagName, Result = unknown> {
  readonly operands: readonly string[]
  readonly options: OptionsOf<Name>
  /** The view of a format, by default the one `--format` asks for, for where it goes, by default the output. */
  view(format?: string, look?: Look): Promise<View<Result>>
  readonly io: Io
  readonly library: Library
  readonly output: Output
  readonly talk: Talk
  /** Every command there is. */
  readonly commands: readonly Command[]
}

/** What is answered for one checkpoint of those asked for, or why nothing is. */
export type Outcome<R = Report> =
  | { readonly path: string; readonly report: R }
  | { readonly path: string; readonly error: unknown }

export interface ReadOptions {
  readonly limits: Options['limits']
  readonly verify?: boolean
  readonly remote?: OpenOptions['remote']
  readonly plainNames?: boolean
  readonly keepHeaders?: boolean
  readonly smallValues?: OpenOptions['smallValues']
  readonly traffic?: Traffic
  /** Threads that values are read by; null or absent: as many as there is work for. */
  readonly workers?: number | null
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** Is told of what will be read of a checkpoint before it is, and may refuse. */
export type BeforeValues = (about: { readonly path: string; readonly bytes: number }) => Promise<void>

/** What the command line uses of the library. Tests pass their own. */
export interface Library {
  /** The digests of one state dict of each checkpoint: of `at`, by default the model's. */
  digestPaths(
    paths: readonly string[],
    options: ReadOptions & {
      readonly at: string | null
      readonly beforeValues?: BeforeValues
      /** Those in all of a folder. Otherwise what is below it only where nothing is in it. */
      readonly recurse?: boolean
    },
  ): AsyncIterable<Outcome<DigestResult>>
  /** How far pairs of tensors of two checkpoints are apart, by the names in the first. Absent: nobody can tell. */
  valueDistances?(
    paths: readonly [a: string, b: string],
    pairs: readonly OpenPair[],
    options: ReadOptions & { readonly at: readonly [a: string | null, b: string | null] },
  ): AsyncIterable<ReadonlyMap<string, ValueDistance>>
  /** SHA-256 of the files of a checkpoint at a distance, but for its configuration. Absent: nobody can fetch them. */
  fileDigests?(
    report: Pick<Report, 'path' | 'files'>,
    options: ReadOptions,
  ): AsyncIterable<readonly Omit<LockedFile, 'line'>[]>
  /** The statistics of one state dict of each checkpoint, of the tensors that `narrow` leaves of its report. */
  statisticsPaths(
    paths: readonly string[],
    options: ReadOptions & {
      readonly narrow: (report: Report) => Report
      readonly beforeValues?: BeforeValues
      readonly dequantised?: boolean
    },
  ): AsyncIterable<Outcome<StatisticsReport>>
  /** What one of several parts of that work comes to. */
  statisticsParts(
    paths: readonly string[],
    options: ReadOptions & {
      readonly narrow: (report: Report) => Report
      readonly beforeValues?: BeforeValues
      readonly dequantised?: boolean
      readonly part: StatisticsPartResult['part']
    },
  ): AsyncIterable<Outcome<StatisticsPartResult>>
  /** What all parts come to together. */
  mergeStatistics(parts: readonly StatisticsPartResult[]): Promise<StatisticsReport>
  /** The folders right below one that hold checkpoints beside its own. */
  foldersWithCheckpoints?(path: string, options: Pick<ReadOptions, 'limits'>): Promise<readonly string[]>
  inspectPaths(paths: readonly string[], options: ReadOptions & SaidByUser): AsyncIterable<Outcome>
  /** The checkpoints that the paths lead to, with what is known of each, and open: who asks closes each. */
  openEach(
    paths: readonly string[],
    options: ReadOptions & SaidByUser,
  ): AsyncIterable<
    | { readonly path: string; readonly opened: OpenCheckpoint }
    | { readonly path: string; readonly error: unknown }
  >
  /** The values of a checkpoint that was read before: one answer. */
  readAgain(
    checkpoint: Checkpoint,
    report: Report,
    options: ReadAgainOptions,
  ): AsyncIterable<{ readonly values: ValueReading; readonly base: BaseComparison | null }>
  /** One of several parts of the same work: one answer. */
  readPartAgain?(
    checkpoint: Checkpoint,
    report: Report,
    part: { readonly index: number; readonly of: number },
    options: ReadAgainOptions,
  ): AsyncIterable<ReadingPart>
  /** The hash of samples of its files that parts of that work state: one answer. */
  sampledAgain?(checkpoint: Checkpoint, report: Report, options: ReadAgainOptions): AsyncIterable<string>
  openPaths(
    paths: readonly string[],
    options: ReadOptions & Pick<OpenOptions, 'recurse' | 'onLeft' | 'leaveOut'>,
  ): AsyncIterable<
    | {
        readonly path: string
        readonly checkpoint: Checkpoint
        readonly isByBytes?: true
        readonly isBeside?: true
      }
    | { readonly path: string; readonly error: unknown }
  >
}
