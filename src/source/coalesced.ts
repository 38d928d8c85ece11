import { untilAborted } from './abort.ts'
import type { ByteSource, RangeOptions } from './source.ts'

export interface CoalescedOptions {
  /** Ranges that are at most so many bytes apart are read as one. */
  readonly gap?: number
  /** Bytes that nobody asked for and that are read all the same, in all. Then only ranges that touch are joined. */
  readonly waste?: number
}

interface Asked {
  readonly offset: number
  readonly end: number
  readonly give: (bytes: Uint8Array) => void
  readonly fail: (error: unknown) => void
}

/**
 * The same source, with the reads that are asked for in one go, before any of them can be answered, joined where
 * they are neighbours: one request in place of many. For sources at a distance; it costs a local file a wait.
 */
export function coalesced(
  source: ByteSource,
  { gap = 8_192, waste = 262_144 }: CoalescedOptions = {},
): ByteSource {
  let wasteLeft = waste
  let asked: Asked[] = []

  /** Ranges in order, each with those asked for in it. */
  const plan = (ranges: readonly Asked[]): { offset: number; end: number; asked: Asked[] }[] => {
    const runs: { offset: number; end: number; asked: Asked[] }[] = []
    for (const range of [...ranges].sort((a, b) => a.offset - b.offset || a.end - b.end)) {
      const run = runs.at(-1)
      const apart = run === undefined ? 0 : range.offset - run.end
      if (run === undefined || apart > Math.min(gap, wasteLeft)) {
        runs.push({ offset: range.offset, end: range.end, asked: [range] })
        continue
      }
      wasteLeft -= Math.max(0, apart)
      run.end = Math.max(run.end, range.end)
      run.asked.push(range)
    }
    return runs
  }

  const flush = (): void => {
    const ranges = asked
    asked = []
    for (const { offset, end, asked: wanted } of plan(ranges)) {
      source.read(offset, end - offset).then(
        (bytes) => {
          for (const one of wanted) one.give(bytes.subarray(one.offset - offset, one.end - offset))
        },
        (error) => {
          for (const one of wanted) one.fail(error)
        },
      )
    }
  }

  return {
    ...source,
    read(offset: number, length: number, options?: RangeOptions) {
      // Out of range, or nothing: the source says so, and of this read only.
      if (!(offset >= 0 && length > 0 && offset + length <= source.size))
        return source.read(offset, length, options)
      if (asked.length === 0) setTimeout(flush, 0)
      const reading = new Promise<Uint8Array>((give, fail) => {
        asked.push({ offset, end: offset + length, give, fail })
      })
      return untilAborted(reading, options?.signal)
    },
  }
}
