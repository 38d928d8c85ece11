import { table } from './token-table-text.ts'

/** Log odds of a feature, by its number. */
export type TokenWeights = ReadonlyMap<number, number>

let weights: TokenWeights | undefined

/** The weights in use: read when they are first asked for. */
export function tokenWeights(): TokenWeights {
  weights ??= weightsOf(table)
  return weights
}

/** Bits of the number that stands for a feature: of two unlike ones in a hundred one is taken for one of the table. */
const bits = 20

/** FNV-1a, mixed once more: the table holds no words, so that it is small. */
export function featureNumber(feature: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < feature.length; i++) hash = Math.imul(hash ^ feature.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash ^= hash >>> 13
  return (hash >>> 0) & ((1 << bits) - 1)
}

/** Weights are kept in eighths, from -16 to 15.875. */
const parts = 8

/**
 * Base64 of bytes: how many features; their numbers, rising, each as the gap to the one before in groups of seven bits, the
 * lowest first; then the eighths of each.
 */
export function weightsOf(text: string): TokenWeights {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  let at = 0
  const gap = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const numbers: number[] = []
  const length = gap()
  let last = 0
  for (let i = 0; i < length; i++) {
    last += gap()
    numbers.push(last)
  }
  const eighths = new Int8Array(bytes.buffer, at, length)
  return new Map(numbers.map((number, i) => [number, (eighths[i] as number) / parts]))
}

/** The text of weights, without those that round to nothing. */
export function tableOf(all: TokenWeights): string {
  const kept = [...all]
    .map(([number, weight]) => [number, Math.max(-128, Math.min(127, Math.round(weight * parts)))] as const)
    .filter(([, eighths]) => eighths !== 0)
    .sort(([one], [other]) => one - other)
  const bytes: number[] = []
  const push = (value: number) => {
    let rest = value
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
    bytes.push(rest)
  }
  push(kept.length)
  let last = 0
  for (const [number] of kept) {
    push(number - last)
    last = number
  }
  for (const [, eighths] of kept) bytes.push(eighths & 255)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
