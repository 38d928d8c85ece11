import type { Library } from '../../src/cli/command.ts'
import type { ExitCode, Io, Sink } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { Report } from '../../src/model/report.ts'

export interface Ran {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  readonly library?: Library
  readonly env?: Readonly<Record<string, string>>
  /** Cells of the terminal; absent for a pipe. */
  readonly columns?: number
  readonly out?: Sink
}

/** Runs the command line in this process, on streams that remember. */
export function runCli(argv: readonly string[], around: Surroundings = {}): Promise<Ran> {
  return runMain(main, argv, around)
}

export type Main = typeof main

/** The same of another `main`, as one that was built. */
export async function runMain(main: Main, argv: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const out = recording(around.columns)
  const err = recording()
  const io: Io = { out: around.out ?? out.sink, err: err.sink, env: around.env ?? {} }
  const code = await main(argv, io, around.library)
  return { code, out: out.text(), err: err.text() }
}

/** What a path leads to: a checkpoint, its report, or what reading it fails with. */
export type Known = Checkpoint | Report | Error

/** A library whose paths are the keys of `known`. */
export function libraryOf(known: Readonly<Record<string, Known>>): Library {
  const found = (path: string): Known => {
    const value = known[path]
    if (value === undefined) throw new Error(`the test knows no ${path}`)
    return value
  }
  return {
    async *inspectPaths(paths, { frozen }) {
      for (const path of paths) {
        const value = found(path)
        if (value instanceof Error) yield { path, error: value }
        else if ('schemaVersion' in value) yield { path, report: { ...value, path } }
        else yield { path, report: inspectCheckpoint(value, { path, frozen }) }
      }
    },
    // What is known here has no values: the digests are made up.
    async *digestPaths(paths) {
      for (const path of paths) {
        const value = found(path)
        if (value instanceof Error) {
          yield { path, error: value }
          continue
        }
        const { files, findings, stateDicts } = value
        const names = stateDicts[0]?.tensors.map(({ name }) => name) ?? []
        const tensors = new Map(names.map((name) => [name, '0'.repeat(64)]))
        const [digest, contents] = ['1'.repeat(64), '2'.repeat(64)]
        yield { path, report: { path, files, findings, stateDict: '', digest, contents, tensors } }
      }
    },
    async *openPaths(paths) {
      for (const path of paths) {
        const value = found(path)
        if (value instanceof Error) yield { path, error: value }
        else if ('schemaVersion' in value) throw new Error(`the test has only a report of ${path}`)
        else yield { path, checkpoint: value }
      }
    },
  }
}

function recording(columns?: number): { sink: Sink; text(): string } {
  const pieces: string[] = []
  return {
    sink: {
      isTTY: columns !== undefined,
      columns,
      async write(text) {
        pieces.push(text)
      },
    },
    text: () => pieces.join(''),
  }
}
