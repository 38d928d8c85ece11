import type { Library } from '../../src/cli/command.ts'
import type { ExitCode, Io, Sink } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { Report } from '../../src/model/report.ts'
import type { StatisticsReport } from '../../src/model/values/statistics.ts'
import { portableKernel } from '../../src/values/statistics/portable-kernels.ts'
import { summaryOf } from '../../src/values/statistics/summary.ts'
import { emptyState } from '../../src/values/statistics/value-state.ts'

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
  /** The same of standard error, which is a pipe in most tests. */
  readonly errColumns?: number
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
  const err = recording(around.errColumns)
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
    async *inspectPaths(paths, options) {
      for (const path of paths) {
        const value = found(path)
        if (value instanceof Error) yield { path, error: value }
        else if ('schemaVersion' in value) yield { path, report: { ...value, path } }
        else yield { path, report: inspectCheckpoint(value, { ...options, path }) }
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
    async *statisticsPaths(paths, { narrow }) {
      for (const path of paths) {
        const value = found(path)
        if (value instanceof Error) {
          yield { path, error: value }
          continue
        }
        const report = 'schemaVersion' in value ? { ...value, path } : inspectCheckpoint(value, { path })
        try {
          yield { path, report: madeUpStatistics(narrow(report)) }
        } catch (error) {
          yield { path, error }
        }
      }
    },
    statisticsParts: () => Promise.reject(new Error('the test has no values')) as never,
    readAgain: () => Promise.reject(new Error('the test has no values')) as never,
    mergeStatistics: () => Promise.reject(new Error('the test has no values')),
    openEach: () => Promise.reject(new Error('the test has no files')) as never,
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

/** Statistics as if every tensor held one 1, but for the first, which could not be read. */
function madeUpStatistics({ path, files, findings, stateDicts: [stateDict] }: Report): StatisticsReport {
  const kernel = portableKernel('F32', 1)
  kernel?.add(new Uint8Array(Float32Array.of(1).buffer))
  const values = summaryOf(kernel?.finish() ?? emptyState, 'F32')
  const [unread, ...read] = stateDict?.tensors ?? []
  const modules = [{ path: '', tensors: read.length, values }]
  for (const { path: module } of stateDict?.modules ?? []) modules.push({ path: module, tensors: 1, values })
  return {
    path,
    files,
    findings,
    stateDict: stateDict?.path ?? '',
    coverage: {
      state: unread === undefined ? 'complete' : 'partial',
      tensors: stateDict?.tensors.length ?? 0,
      tensorsRead: read.length,
      bytes: 0,
      bytesRead: 0,
      uncovered: unread === undefined ? [] : [{ name: unread.name, part: unread.name, reason: unread.name }],
    },
    nonFinite: { tensors: 0, nan: 0, positiveInfinity: 0, negativeInfinity: 0 },
    modules,
    tensors: read.map(({ name, shape }) => ({
      name,
      part: name,
      dtype: 'F32',
      shape,
      bytes: 4,
      tiedTo: name,
      values,
    })),
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
