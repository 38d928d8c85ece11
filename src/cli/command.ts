import type { Checkpoint } from '../model/checkpoint.ts'
import type { Report } from '../model/report.ts'
import type { FlagName } from './flags.ts'
import type { ExitCode, Io } from './io.ts'
import type { Options } from './options.ts'
import type { Output } from './output.ts'
import type { Talk } from './talk.ts'

/** One command. Register it in `commands/index.ts`. What it needs for its work it loads when it runs. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** In commander's notation: `<path...>`. */
  readonly operands: readonly {
    readonly name: string
    readonly help: string
    readonly choices?: readonly string[]
  }[]
  readonly flags: readonly FlagName[]
  /** Values of `--format` it answers in. */
  readonly formats: readonly string[]
  /** Arguments after `sdinspect`, and what they do. */
  readonly examples: readonly (readonly [string, string])[]
  run(call: Call): Promise<ExitCode>
}

/** One call of a command: what was asked, and where the answer goes. */
export interface Call {
  readonly operands: readonly string[]
  readonly options: Options
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
}

/** What the command line uses of the library. Tests pass their own. */
export interface Library {
  inspectPaths(
    paths: readonly string[],
    options: ReadOptions & { readonly frozen: readonly string[] },
  ): AsyncIterable<Outcome>
  openPaths(
    paths: readonly string[],
    options: ReadOptions,
  ): AsyncIterable<
    | { readonly path: string; readonly checkpoint: Checkpoint }
    | { readonly path: string; readonly error: unknown }
  >
}
