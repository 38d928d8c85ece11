import type { ShardIndex } from './shard-index.ts'

/** What an index tells of the header of a shard. */
export interface HeaderGuess {
  readonly tensors: number
  /** Characters of their names. */
  readonly names: number
}

/** Characters of `"":{"dtype":"","shape":[],"data_offsets":[,]},`, of a type, two dimensions and two offsets of gigabytes. */
const entryBytes = 46 + 5 + 10 + 2 * 10
/** The length before the header, `{"__metadata__":{"format":"pt"}}` and what pads it. */
const aroundBytes = 128
/** Of all shards together, where nothing tells how long their headers are: most are read in one round. */
const unknownBytes = 786_432
const leastBytes = 4_096
const mostBytes = 262_144

/** By shard. */
export function headerGuesses({ weightMap }: ShardIndex): ReadonlyMap<string, HeaderGuess> {
  const guesses = new Map<string, { tensors: number; names: number }>()
  for (const [tensor, shard] of weightMap) {
    const guess = guesses.get(shard)
    if (guess === undefined) guesses.set(shard, { tensors: 1, names: tensor.length })
    else {
      guess.tensors++
      guess.names += tensor.length
    }
  }
  return guesses
}

/**
 * How much of a shard at a distance to fetch at first, so that most headers come in one round and little else
 * does: the entries of a safetensors header differ by little else than their names.
 *
 * @param shards how many there are
 */
export function firstBytesOf(guess: HeaderGuess | undefined, shards: number): number {
  if (guess === undefined) return Math.min(mostBytes, Math.max(leastBytes, Math.floor(unknownBytes / shards)))
  return aroundBytes + guess.names + guess.tensors * entryBytes
}
