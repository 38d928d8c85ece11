import { dtypes } from '../../model/tensors/dtype.ts'
import { blockElements } from './kernel.ts'
import type { ValueItem } from './statistics-plan.ts'

/** A piece of an item: whole blocks, but for the end of a tensor. In bytes. */
export interface Slice {
  /** Place in the list of items. */
  readonly item: number
  readonly from: number
  readonly to: number
}

/** All of every item. */
export function wholeSlices(items: readonly ValueItem[]): Slice[] {
  return items.map(({ bytes }, item) => ({ item, from: 0, to: bytes }))
}

/**
 * The share of one of `of` parts: as near to the same number of bytes for each as blocks allow, and every byte in one part.
 * What is no run of a file is not cut.
 *
 * @param index from 1
 */
export function partSlices(items: readonly ValueItem[], index: number, of: number): Slice[] {
  const total = items.reduce((sum, { bytes }) => sum + bytes, 0)
  // Exact where a product of doubles is not.
  const border = (part: number) => Number((BigInt(total) * BigInt(part)) / BigInt(of))
  const [begin, end] = [border(index - 1), border(index)]
  const slices: Slice[] = []
  let at = 0
  items.forEach((each, item) => {
    const from = begin <= at && index === 1 ? 0 : cutIn(each, begin - at, index === 1)
    const to = cutIn(each, end - at, false, index === of)
    if (to > from) slices.push({ item, from, to })
    // Without bytes there is nothing to share: the first part has it.
    else if (each.bytes === 0 && index === 1) slices.push({ item, from: 0, to: 0 })
    at += each.bytes
  })
  return slices
}

/** Blocks that a sample takes next to each other. */
const sampleRun = 4

/**
 * A sample of each item: runs of blocks at its beginning, at its end and evenly between, of about so many bytes together.
 * All of an item that is not larger, or cannot be read in pieces. The same each time.
 */
export function sampleSlices(items: readonly ValueItem[], most: number): Slice[] {
  return items.flatMap(({ bytes, dtype, isRun }, item): Slice[] => {
    if (bytes <= most || !isRun) return [{ item, from: 0, to: bytes }]
    const runBytes = (sampleRun * blockElements * dtypes[dtype].bits) / 8
    const runs = Math.ceil(bytes / runBytes)
    const wanted = Math.max(2, Math.floor(most / runBytes))
    if (wanted >= runs) return [{ item, from: 0, to: bytes }]
    return Array.from({ length: wanted }, (_, i) => {
      const from = Math.round((i * (runs - 1)) / (wanted - 1)) * runBytes
      return { item, from, to: Math.min(bytes, from + runBytes) }
    })
  })
}

/** Where an item is cut for a border so many bytes behind its beginning. */
function cutIn({ bytes, dtype, isRun }: ValueItem, border: number, isFirst: boolean, isLast = false): number {
  if (isLast) return bytes
  if (isFirst || border <= 0) return 0
  if (border >= bytes) return bytes
  if (!isRun) return bytes
  const blockBytes = (blockElements * dtypes[dtype].bits) / 8
  return Math.min(bytes, Math.ceil(border / blockBytes) * blockBytes)
}
