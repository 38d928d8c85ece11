import type { Report } from '../model/report.ts'
import { joinedCoverage } from '../model/values/coverage.ts'
import type { Coverage } from '../model/values/statistics.ts'
import type { TensorReading, ValueReading } from '../model/values/value-reading.ts'
import { joinedLooks, Look, type LookState, seenIn } from './look.ts'
import { type CheckpointStatistics, checkpointStatistics } from './statistics/checkpoint-statistics.ts'
import type { Extent } from './statistics/kernel.ts'
import type { Looking } from './statistics/looking.ts'
import { isRecord } from './statistics/part-checks.ts'
import { mergedParts, type StatisticsPart } from './statistics/statistics-part.ts'
import type { ValueItem } from './statistics/statistics-plan.ts'
import type { Workers } from './workers/workers.ts'
import type { ZeroRunState } from './zero-runs.ts'

/** Bytes of a tensor whose values are kept one by one, where a rule looks at them. */
const smallBytes = 1_048_576

export interface ReadValuesOptions {
  readonly signal?: AbortSignal | undefined
  /** All that some rule asks for. */
  readonly extent: Extent
  /** Of a larger tensor only a sample of about so many bytes is read. */
  readonly sampleBytes?: number | undefined
  readonly workers?: Workers | undefined
  /** Whether the values of a tensor of this name are kept one by one, where it is small. */
  isKept(name: string): boolean
}

type Seen = Pick<TensorReading, 'zeros' | 'small'>

/** A checkpoint whose values can be read: `OpenCheckpoint`. */
interface Opened {
  readonly report: Pick<Report, 'stateDicts'>
  statistics(options: Observing): Promise<Pick<CheckpointStatistics, 'coverage' | 'tensors'>>
  statisticsPart(part: StatisticsPart['part'], options: Observing): Promise<StatisticsPart>
}

interface Observing {
  readonly stateDict: string
  readonly extent: Extent
  readonly sampleBytes?: number | undefined
  readonly signal?: AbortSignal
  readonly workers?: Workers | undefined
  readonly looking: Looking
}

/** What one part of the reading of a checkpoint saw, as plain data for JSON. */
export interface ReadingPart extends Checksums {
  readonly stateDicts: readonly {
    readonly path: string
    readonly statistics: StatisticsPart
    /** Of each slice of the statistics. */
    readonly looks: readonly WrittenLook[]
  }[]
}

type Checksums = Pick<ValueReading, 'badEntries' | 'withoutChecksums'>

interface WrittenLook {
  readonly zeros: ZeroRunState
  /** Bytes of the slice, of what is kept. */
  readonly small?: readonly number[]
}

/**
 * Reads the values of every state dict of a checkpoint once.
 *
 * @throws the reason of `signal` when that ends it
 */
export async function readValues(
  opened: Opened,
  { signal, extent, sampleBytes, workers, isKept }: ReadValuesOptions,
): Promise<Omit<ValueReading, keyof Checksums>> {
  const stateDicts = new Map<string, readonly TensorReading[]>()
  const coverages: Coverage[] = []
  for (const { path } of opened.report.stateDicts) {
    const looks = new Map<string, Seen>()
    const { coverage, tensors } = await opened.statistics({
      stateDict: path,
      extent,
      sampleBytes,
      workers,
      ...(signal && { signal }),
      looking: {
        isKept: (item, name) => isSmall(item, name, isKept),
        take: (item, name, seen) => {
          if (seen !== null) looks.set(keyOf(name, item.part), seenIn(item, seen))
        },
      },
    })
    coverages.push(coverage)
    stateDicts.set(
      path,
      tensors.map((tensor): TensorReading => {
        const look = looks.get(keyOf(tensor.tiedTo ?? tensor.name, tensor.part))
        // What was read in pieces nobody looked at.
        return { ...tensor, ...(look ?? { isSample: true }) }
      }),
    )
  }
  return { stateDicts, coverage: joinedCoverage(coverages) }
}

/**
 * Reads one of several parts of the values of every state dict of a checkpoint. All that a rule may ask for is in it.
 *
 * @throws the reason of `signal` when that ends it
 */
export async function readValuesPart(
  opened: Opened,
  part: StatisticsPart['part'],
  { signal, workers, isKept }: Pick<ReadValuesOptions, 'signal' | 'workers' | 'isKept'>,
): Promise<Omit<ReadingPart, keyof Checksums>> {
  const stateDicts: ReadingPart['stateDicts'][number][] = []
  for (const { path } of opened.report.stateDicts) {
    const looks: WrittenLook[] = []
    const statistics = await opened.statisticsPart(part, {
      stateDict: path,
      extent: 'full',
      workers,
      ...(signal && { signal }),
      looking: {
        isKept: (item, name) => isSmall(item, name, isKept),
        take: (item, _, seen) => void looks.push(writtenLook(seen ?? new Look(item, false).state())),
      },
    })
    stateDicts.push({ path, statistics, looks })
  }
  return { stateDicts }
}

/**
 * What all parts of one reading saw together: what one run sees.
 *
 * @throws SdinspectError `usage/arguments` where parts are missing, given twice, or of different files
 */
export async function mergedReading(parts: readonly ReadingPart[]): Promise<ValueReading> {
  const stateDicts = new Map<string, readonly TensorReading[]>()
  const coverages: Coverage[] = []
  for (const [at, { path }] of (parts[0]?.stateDicts ?? []).entries()) {
    const own = parts.map((part) => part.stateDicts[at]).filter((one) => one !== undefined)
    own.sort((a, b) => a.statistics.part.index - b.statistics.part.index)
    const { plan, results } = mergedParts(own.map(({ statistics }) => statistics))
    const { coverage, tensors } = await checkpointStatistics(plan, results)
    coverages.push(coverage)
    const looks = plan.items.map((): WrittenLook[] => [])
    for (const { statistics, looks: written } of own)
      statistics.slices.forEach(({ item }, i) => void looks[item]?.push(written[i] as WrittenLook))
    const byKey = new Map(
      plan.items.map((item, i) => {
        const name = plan.tensors[item.index]?.name ?? ''
        return [keyOf(name, item.part), seenIn(item, joinedLooks((looks[i] as WrittenLook[]).map(readLook)))]
      }),
    )
    stateDicts.set(
      path,
      tensors.map((tensor) => ({
        ...tensor,
        ...byKey.get(keyOf(tensor.tiedTo ?? tensor.name, tensor.part)),
      })),
    )
  }
  const badEntries = parts.flatMap((part) => part.badEntries)
  const without = parts.flatMap((part) => part.withoutChecksums ?? [])
  return {
    stateDicts,
    coverage: joinedCoverage(coverages),
    badEntries,
    ...(without.length > 0 && { withoutChecksums: without }),
  }
}

/**
 * Whether a parsed value is what `readValuesPart` writes, but for its statistics, which are looked at when they are merged.
 *
 * @param part which one it is said to be
 */
export function isReadingPart(
  reading: unknown,
  { index, of }: StatisticsPart['part'],
): reading is ReadingPart {
  if (!isRecord(reading)) return false
  const { stateDicts, badEntries, withoutChecksums = [] } = reading
  const isText = (value: unknown): boolean => typeof value === 'string'
  return (
    Array.isArray(badEntries) &&
    Array.isArray(withoutChecksums) &&
    withoutChecksums.every(isText) &&
    badEntries.every((one) => isRecord(one) && isText(one.file) && isText(one.entry)) &&
    Array.isArray(stateDicts) &&
    stateDicts.every((one) => {
      if (!isRecord(one) || !isText(one.path)) return false
      const { statistics, looks } = one
      if (!isRecord(statistics) || !isRecord(statistics.part)) return false
      const { part, slices } = statistics as unknown as StatisticsPart
      return (
        part.index === index &&
        part.of === of &&
        Array.isArray(slices) &&
        Array.isArray(looks) &&
        looks.length === slices.length &&
        looks.every((look, at) => isWrittenLook(look, slices[at]))
      )
    })
  )
}

function isWrittenLook(look: unknown, slice: unknown): boolean {
  if (!isRecord(look) || !isRecord(look.zeros) || !isRecord(slice)) return false
  const { zeros, small } = look as unknown as WrittenLook
  const { from, to } = slice as unknown as { readonly from: number; readonly to: number }
  return (
    (zeros.lastEnd === -1 || (zeros.lastEnd > from && zeros.lastEnd <= to)) &&
    Number.isSafeInteger(zeros.zeroRows) &&
    zeros.zeroRows >= 0 &&
    [zeros.within, zeros.rest, zeros.head ?? false].every((one) => typeof one === 'boolean') &&
    (small === undefined ||
      (Array.isArray(small) &&
        small.length === to - from &&
        small.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)))
  )
}

function writtenLook({ zeros, small }: LookState): WrittenLook {
  return { zeros, ...(small && { small: [...small] }) }
}

function readLook({ zeros, small }: WrittenLook): LookState {
  return { zeros, ...(small && { small: Uint8Array.from(small) }) }
}

function isSmall(item: ValueItem, name: string, isKept: ReadValuesOptions['isKept']): boolean {
  return isKept(name) && item.bytes <= smallBytes
}

function keyOf(name: string, part: string | undefined): string {
  return part === undefined ? name : `${name}\0${part}`
}
