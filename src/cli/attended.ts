import { breathe } from '../source/abort.ts'
import type { Traffic } from '../source/traffic.ts'
import type { Progress } from '../source/watch.ts'
import type { Options } from './arguments/options.ts'
import type { Library } from './command.ts'
import type { Interrupts, Io } from './io.ts'
import { ProgressLine } from './output/progress-line.ts'

/** The library with somebody at the terminal: Ctrl-C ends reading, and a line says how far it is. */
export function attended(
  library: Library,
  { err, env, interrupts, onMuch }: Io,
  { quiet, ascii, smallValues }: Pick<Options, 'quiet' | 'ascii' | 'smallValues'>,
  traffic: Traffic,
): Library {
  const line = err.isTTY && !quiet && env.TERM !== 'dumb' ? new ProgressLine(err, ascii) : undefined
  let isMuch = false
  const onProgress = (progress: Progress) => {
    if (!isMuch && progress.bytesRead > muchBytes) {
      isMuch = true
      onMuch?.()
    }
    line?.show(progress)
  }
  const watch = {
    traffic,
    // What the flag says wins over a policy.
    ...(smallValues === null ? {} : { smallValues }),
    ...(interrupts === undefined ? {} : { signal: interrupts.signal }),
    ...(line === undefined && onMuch === undefined ? {} : { onProgress }),
  }
  const readPart = library.readPartAgain?.bind(library)
  const sampled = library.sampledAgain?.bind(library)
  const fileDigests = library.fileDigests?.bind(library)
  const distances = library.valueDistances?.bind(library)
  return {
    inspectPaths: (paths, options) =>
      whileReading(library.inspectPaths(paths, { ...options, ...watch }), line, interrupts),
    digestPaths: (paths, options) =>
      whileReading(library.digestPaths(paths, { ...options, ...watch }), line, interrupts),
    ...(distances && {
      valueDistances: (paths, pairs, options) =>
        whileReading(distances(paths, pairs, { ...options, ...watch }), line, interrupts),
    }),
    ...(fileDigests && {
      fileDigests: (report, options) =>
        whileReading(fileDigests(report, { ...options, ...watch }), line, interrupts),
    }),
    statisticsPaths: (paths, options) =>
      whileReading(library.statisticsPaths(paths, { ...options, ...watch }), line, interrupts),
    statisticsParts: (paths, options) =>
      whileReading(library.statisticsParts(paths, { ...options, ...watch }), line, interrupts),
    mergeStatistics: library.mergeStatistics,
    openEach: (paths, options) =>
      whileReading(library.openEach(paths, { ...options, ...watch }), line, interrupts),
    ...(library.foldersWithCheckpoints && { foldersWithCheckpoints: library.foldersWithCheckpoints }),
    readAgain: (checkpoint, report, options) =>
      whileReading(library.readAgain(checkpoint, report, { ...options, ...watch }), line, interrupts),
    ...(readPart && {
      readPartAgain: (checkpoint, report, part, options) =>
        whileReading(readPart(checkpoint, report, part, { ...options, ...watch }), line, interrupts),
    }),
    ...(sampled && {
      sampledAgain: (checkpoint, report, options) =>
        whileReading(sampled(checkpoint, report, { ...options, ...watch }), line, interrupts),
    }),
    openPaths: (paths, options) =>
      whileReading(library.openPaths(paths, { ...options, ...watch }), line, interrupts),
  }
}

/** The header of a model of five thousand tensors. */
const muchBytes = 500_000

/** Milliseconds of computing after which a Ctrl-C may be waiting to be heard. */
const unheard = 20

/**
 * Listens for Ctrl-C only while something is read, where it can be told to stop. What is computed and written in
 * between ends at once, as the system ends it.
 */
async function* whileReading<T>(
  results: AsyncIterable<T>,
  line: ProgressLine | undefined,
  interrupts: Interrupts | undefined,
): AsyncGenerator<T> {
  const rest = () => {
    line?.erase()
    interrupts?.ignore()
  }
  let begun = 0
  const read = () => {
    begun = Date.now()
    line?.begin()
    interrupts?.listen()
  }
  read()
  try {
    for await (const result of results) {
      // What was pressed while nobody could hear it would be lost.
      if (interrupts !== undefined && Date.now() - begun > unheard) await breathe()
      interrupts?.signal.throwIfAborted()
      rest()
      yield result
      read()
    }
  } finally {
    rest()
  }
}
