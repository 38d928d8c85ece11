import type { Library, Outcome } from '../../src/cli/command.ts'
import type { ExitCode, Io, Sink } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { isSdinspectError } from '../../src/errors.ts'
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
export async function runCli(argv: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const out = recording(around.columns)
  const err = recording()
  const io: Io = { out: around.out ?? out.sink, err: err.sink, env: around.env ?? {} }
  const code = await main(argv, io, around.library)
  return { code, out: out.text(), err: err.text() }
}

/** A library whose paths are the keys of `known`: a report, or what reading it fails with. */
export function libraryOf(known: Readonly<Record<string, Report | Error>>): Library {
  return {
    async *inspectPaths(paths) {
      for (const path of paths) {
        const found = known[path]
        if (found === undefined) throw new Error(`the test knows no ${path}`)
        yield outcomeOf(path, found)
      }
    },
  }
}

function outcomeOf(path: string, found: Report | Error): Outcome {
  if (isSdinspectError(found) || found instanceof Error) return { path, error: found }
  return { path, report: { ...found, path } }
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
