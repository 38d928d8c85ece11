import type { Report } from '../model/report.ts'
import { dtypes } from '../model/tensors/dtype.ts'
import { joinedCoverage } from '../model/values/coverage.ts'
import type { Coverage } from '../model/values/statistics.ts'
import type { TensorReading, ValueReading } from '../model/values/value-reading.ts'
import { numbersOf } from './small-values.ts'
import { type CheckpointStatistics, checkpointStatistics } from './statistics/checkpoint-statistics.ts'
import type { Extent } from './statistics/kernel.ts'
import { mergedParts, type StatisticsPart } from './statistics/statistics-part.ts'
import type { ValueItem } from './statistics/statistics-plan.ts'
import { joinedZeroRuns, ZeroRunCounter, type ZeroRunState } from './zero-runs.ts'

/** Bytes of a tensor whose values are kept one by one, where a rule looks at them. */
const smallBytes = 1_048_576

export interface ReadValuesOptions {
  readonly signal?: AbortSignal | undefined
  /** `full` where a rule asks which values a narrower type holds. */
  readonly extent: Extent
  /** Of a larger tensor only a sample of about so many bytes is read. */
  readonly sampleBytes?: number | undefined
  /** Whether the values of a tensor of this name are kept one by one, where it is small. */
  isKept(name: string): boolean
}

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
  observe(
    item: ValueItem,
    name: string,
    range?: { readonly from: number; readonly to: number },
  ): { add(bytes: Uint8Array): void } | undefined
}

/** What one part of the reading of a checkpoint saw, as plain data for JSON. */
export interface ReadingPart {
  readonly stateDicts: readonly {
    readonly path: string
    readonly statistics: StatisticsPart
    /** Of each slice of the statistics. */
    readonly looks: readonly WrittenLook[]
  }[]
  readonly badEntries: ValueReading['badEntries']
}

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
  { signal, extent, sampleBytes, isKept }: ReadValuesOptions,
): Promise<Omit<ValueReading, 'badEntries'>> {
  const stateDicts = new Map<string, readonly TensorReading[]>()
  const coverages: Coverage[] = []
  for (const { path } of opened.report.stateDicts) {
    const looks = new Map<string, Look>()
    const { coverage, tensors } = await opened.statistics({
      stateDict: path,
      extent,
      sampleBytes,
      ...(signal && { signal }),
      observe: (item, name, range) => {
        // Of a sample nothing can be said of how zeros lie.
        if (range !== undefined) return undefined
        const look = new Look(item, isSmall(item, name, isKept))
        looks.set(keyOf(name, item.part), look)
        return look
      },
    })
    coverages.push(coverage)
    stateDicts.set(
      path,
      tensors.map((tensor): TensorReading => {
        const look = looks.get(keyOf(tensor.tiedTo ?? tensor.name, tensor.part))
        // What was read in pieces nobody looked at.
        return { ...tensor, ...(look === undefined ? { isSample: true } : look.finish()) }
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
  { signal, isKept }: Pick<ReadValuesOptions, 'signal' | 'isKept'>,
): Promise<Omit<ReadingPart, 'badEntries'>> {
  const stateDicts: ReadingPart['stateDicts'][number][] = []
  for (const { path } of opened.report.stateDicts) {
    const looks: Look[] = []
    const statistics = await opened.statisticsPart(part, {
      stateDict: path,
      extent: 'full',
      ...(signal && { signal }),
      observe: (item, name, range) => {
        const look = new Look(item, isSmall(item, name, isKept), range)
        looks.push(look)
        return look
      },
    })
    stateDicts.push({ path, statistics, looks: looks.map((look) => look.written()) })
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
        return [keyOf(name, item.part), joinedLook(item, looks[i] as WrittenLook[])]
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
  return { stateDicts, coverage: joinedCoverage(coverages), badEntries }
}

function joinedLook(item: ValueItem, looks: readonly WrittenLook[]): Pick<TensorReading, 'zeros' | 'small'> {
  const { bits } = dtypes[item.dtype]
  const states = looks.map(({ zeros }) => zeros)
  const isKept = looks.every(({ small }) => small !== undefined)
  const bytes = isKept ? Uint8Array.from(looks.flatMap(({ small = [] }) => small)) : null
  const small = bytes === null ? null : numbersOf(bytes, item.dtype)
  return {
    zeros: joinedZeroRuns(item.shape, bits, item.bytes, states),
    ...(small === null ? {} : { small }),
  }
}

function isSmall(item: ValueItem, name: string, isKept: ReadValuesOptions['isKept']): boolean {
  return isKept(name) && item.bytes <= smallBytes
}

function keyOf(name: string, part: string | undefined): string {
  return part === undefined ? name : `${name}\0${part}`
}

/** What is looked at beside the statistics, as the bytes come by. */
class Look {
  readonly #item: ValueItem
  readonly #zeros: ZeroRunCounter
  readonly #kept: Uint8Array | null
  #at = 0

  constructor(item: ValueItem, isKept: boolean, { from, to } = { from: 0, to: item.bytes }) {
    this.#item = item
    this.#zeros = new ZeroRunCounter(item.shape, dtypes[item.dtype].bits, from)
    this.#kept = isKept ? new Uint8Array(to - from) : null
  }

  add(bytes: Uint8Array): void {
    this.#zeros.add(bytes)
    this.#kept?.set(bytes, this.#at)
    this.#at += bytes.length
  }

  written(): WrittenLook {
    return { zeros: this.#zeros.state(), ...(this.#kept && { small: [...this.#kept] }) }
  }

  finish(): Pick<TensorReading, 'zeros' | 'small'> {
    const small = this.#kept === null ? null : numbersOf(this.#kept, this.#item.dtype)
    return { zeros: this.#zeros.finish(), ...(small === null ? {} : { small }) }
  }
}
