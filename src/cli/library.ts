import type { Report, StateDictReport } from '../model/report.ts'
import type { OpenCheckpoint, StatisticsOptions, StatisticsPart, StatisticsReport } from '../node.ts'
import type { StatisticsPartResult } from '../render/results.ts'
import { isUrl } from '../source/http-url.ts'
import type { DistanceSide } from '../value-distances.ts'
import type { WorkersWhenWorth } from '../workers/workers-when-worth.ts'
import type { BeforeValues, Library, Outcome, ReadOptions } from './command.ts'

/** The library as the command line uses it, loaded when the first path is opened. */
export const library: Library = {
  async *inspectPaths(paths, options) {
    const { inspectPaths } = await import('../open-paths.ts')
    yield* inspectPaths(paths, options)
  },
  async *digestPaths(paths, { at, beforeValues, ...options }) {
    const { signal } = options
    const { digestValues } = await import('../node.ts')
    yield* eachOpened(paths, options, async (opened, workersFor) => {
      const stateDict = at ?? opened.checkpoint.stateDicts[0]?.path ?? ''
      const reported = opened.report.stateDicts.find(({ path }) => path === stateDict)
      await announce(opened, reported, beforeValues)
      const digests = await digestValues(opened, {
        workers: await workersFor(bytesOf(reported)),
        ...(signal && { signal }),
        ...(at === null ? {} : { stateDict }),
      })
      const { files, findings } = opened.report
      return { files, findings, stateDict, ...digests }
    })
  },
  async *valueDistances(paths, pairs, { at, signal, workers: asked, ...options }) {
    const [{ openEach }, { valueDistances }, workers] = await Promise.all([
      import('../node.ts'),
      import('../value-distances.ts'),
      workersWhenWorth(asked),
    ])
    const sides: DistanceSide[] = []
    try {
      for (const [i, path] of paths.entries())
        for await (const each of openEach([path], { ...options, ...(signal && { signal }) })) {
          if ('error' in each) throw each.error
          if (sides[i] !== undefined) {
            await each.opened.close()
            continue
          }
          const stateDict = at[i] ?? each.opened.checkpoint.stateDicts[0]?.path ?? ''
          sides[i] = { opened: each.opened, stateDict }
        }
      const [a, b] = sides
      if (a === undefined || b === undefined) return
      const bytes = bytesOf(a.opened.report.stateDicts.find(({ path }) => path === a.stateDict))
      yield await valueDistances(a, b, pairs, { signal, workers: await workers.for(2 * bytes) })
    } finally {
      await workers.close()
      for (const { opened } of sides) await opened.close()
    }
  },
  async *fileDigests(report, options) {
    const { remoteFileDigests } = await import('./files/remote-digests.ts')
    yield await remoteFileDigests(report, options)
  },
  async *statisticsPaths(paths, { dequantised = false, ...options }) {
    yield* withOpened(paths, options, (opened, of) => opened.statistics({ ...of, dequantised }))
  },
  async *statisticsParts(paths, { part, dequantised = false, ...options }) {
    yield* withOpened(paths, options, (opened, of) => opened.statisticsPart(part, { ...of, dequantised }))
  },
  async mergeStatistics(parts) {
    const { mergeStatistics } = await import('../node.ts')
    const found = await mergeStatistics(parts as readonly (StatisticsPartResult & StatisticsPart)[])
    const [first] = parts as [StatisticsPartResult]
    const { path, files, findings, stateDict } = parts.find(({ part }) => part.index === 1) ?? first
    return { path, files, findings, stateDict, ...found }
  },
  async *openEach(paths, options) {
    const { openEach } = await import('../node.ts')
    yield* openEach(paths, options)
  },
  async foldersWithCheckpoints(path, options) {
    const { foldersWithCheckpoints } = await import('../folders-below.ts')
    return foldersWithCheckpoints(path, options)
  },
  async *readAgain(checkpoint, report, options) {
    const { readAgain } = await import('../read-again.ts')
    yield await readAgain(checkpoint, report, options)
  },
  async *readPartAgain(checkpoint, report, part, options) {
    const { readPartAgain } = await import('../read-again.ts')
    yield await readPartAgain(checkpoint, report, part, options)
  },
  async *sampledAgain(checkpoint, report, options) {
    const { sampledAgain } = await import('../read-again.ts')
    yield await sampledAgain(checkpoint, report, options)
  },
  async *openPaths(paths, options) {
    const { openPaths } = await import('../open-paths.ts')
    yield* openPaths(paths, options)
  },
}

/** Whether the values are on another machine. */
export function isFar({ origin, path }: Pick<Report, 'origin' | 'path'>): boolean {
  return origin === undefined ? isUrl(path) : origin.from === 'hub'
}

/** Tells of the values of what is at a distance. */
async function announce(
  { report }: OpenCheckpoint,
  stateDict: StateDictReport | undefined,
  beforeValues: BeforeValues | undefined,
): Promise<void> {
  if (isFar(report) && stateDict !== undefined)
    await beforeValues?.({ path: report.path, bytes: stateDict.totals.stored.bytes })
}

/** What `work` makes of each checkpoint that is opened; why, of those that cannot be opened or worked on. */
async function* eachOpened<T>(
  paths: readonly string[],
  { signal, workers: asked, ...options }: ReadOptions,
  work: (opened: OpenCheckpoint, workersFor: WorkersWhenWorth['for']) => Promise<T>,
): AsyncGenerator<Outcome<T & Pick<Report, 'path'>>> {
  const [{ openEach }, workers] = await Promise.all([import('../node.ts'), workersWhenWorth(asked)])
  try {
    for await (const each of openEach(paths, { ...options, ...(signal && { signal }) })) {
      if ('error' in each) {
        yield each
        continue
      }
      const { path, opened } = each
      try {
        yield { path, report: { path, ...(await work(opened, (bytes) => workers.for(bytes))) } }
      } catch (error) {
        signal?.throwIfAborted()
        yield { path, error }
      } finally {
        await opened.close()
      }
    }
  } finally {
    await workers.close()
  }
}

/** What `work` makes of the tensors that are left of each checkpoint, with what is known of it. */
function withOpened<T>(
  paths: readonly string[],
  {
    narrow,
    beforeValues,
    ...options
  }: ReadOptions & { readonly narrow: (report: Report) => Report; readonly beforeValues?: BeforeValues },
  work: (opened: OpenCheckpoint, options: StatisticsOptions) => Promise<T>,
): AsyncGenerator<Outcome<T & Pick<StatisticsReport, 'path' | 'files' | 'findings' | 'stateDict'>>> {
  const { signal } = options
  return eachOpened(paths, options, async (opened, workersFor) => {
    const { files, findings, stateDicts } = narrow(opened.report)
    const [stateDict] = stateDicts
    await announce(opened, stateDict, beforeValues)
    const found = await work(opened, {
      workers: await workersFor(bytesOf(stateDict)),
      ...(stateDict && { of: stateDict }),
      ...(signal && { signal }),
    })
    return { files, findings, stateDict: stateDict?.path ?? '', ...found }
  })
}

async function workersWhenWorth(asked: number | null | undefined): Promise<WorkersWhenWorth> {
  const { WorkersWhenWorth } = await import('../workers/workers-when-worth.ts')
  return new WorkersWhenWorth(asked)
}

function bytesOf(stateDict: StateDictReport | undefined): number {
  return stateDict?.totals.stored.bytes ?? 0
}
