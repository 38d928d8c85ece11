import { joinedCoverage } from '../model/coverage.ts'
import { dtypes } from '../model/dtype.ts'
import type { Report } from '../model/report.ts'
import type { Coverage } from '../model/statistics.ts'
import type { TensorReading, ValueReading } from '../model/value-reading.ts'
import { numbersOf } from './small-values.ts'
import type { CheckpointStatistics } from './statistics/checkpoint-statistics.ts'
import type { Extent } from './statistics/kernel.ts'
import type { ValueItem } from './statistics/statistics-plan.ts'
import { ZeroRunCounter } from './zero-runs.ts'

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
  statistics(options: {
    readonly stateDict: string
    readonly extent: Extent
    readonly sampleBytes?: number | undefined
    readonly signal?: AbortSignal
    observe(item: ValueItem, name: string): { add(bytes: Uint8Array): void }
  }): Promise<Pick<CheckpointStatistics, 'coverage' | 'tensors'>>
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
      observe: (item, name) => {
        const look = new Look(item, isKept(name) && item.bytes <= smallBytes)
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

function keyOf(name: string, part: string | undefined): string {
  return part === undefined ? name : `${name}\0${part}`
}

/** What is looked at beside the statistics, as the bytes come by. */
class Look {
  readonly #item: ValueItem
  readonly #zeros: ZeroRunCounter
  readonly #kept: Uint8Array | null
  #at = 0

  constructor(item: ValueItem, isKept: boolean) {
    this.#item = item
    this.#zeros = new ZeroRunCounter(item.shape, dtypes[item.dtype].bits)
    this.#kept = isKept ? new Uint8Array(item.bytes) : null
  }

  add(bytes: Uint8Array): void {
    this.#zeros.add(bytes)
    this.#kept?.set(bytes, this.#at)
    this.#at += bytes.length
  }

  finish(): Pick<TensorReading, 'zeros' | 'small'> {
    const small = this.#kept === null ? null : numbersOf(this.#kept, this.#item.dtype)
    return { zeros: this.#zeros.finish(), ...(small === null ? {} : { small }) }
  }
}
