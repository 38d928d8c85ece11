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
 * What a number is written in, lowest digit first: the second half of these is of digits that others follow. One character
 * is one digit, so that what compresses the text finds how often each is met; none is escaped in a script or a page.
 */
const digits = alphabet()
const base = digits.length / 2

function alphabet(): string {
  let text = ''
  for (let code = 0x24; code <= 0x7e; code++) {
    const character = String.fromCharCode(code)
    if (!"$'<\\`".includes(character)) text += character
  }
  return text
}

/**
 * Numbers: how many features; the feature numbers, rising, each as the gap to the one before; then the eighths of each, as
 * 2e, or -2e - 1 below zero.
 */
export function weightsOf(text: string): TokenWeights {
  // Most starts meet this code once and before it is compiled, so it does little for each digit.
  const digitOf = new Uint8Array(0x80)
  for (let digit = 0; digit < digits.length; digit++) digitOf[digits.charCodeAt(digit)] = digit
  let at = 0
  const next = (): number => {
    let digit = digitOf[text.charCodeAt(at++)] as number
    if (digit < base) return digit
    let value = digit - base
    for (let unit = base; at < text.length; unit *= base) {
      digit = digitOf[text.charCodeAt(at++)] as number
      if (digit < base) return value + digit * unit
      value += (digit - base) * unit
    }
    return value
  }
  const length = next()
  const numbers = new Uint32Array(length)
  let last = 0
  for (let i = 0; i < length; i++) {
    last += next()
    numbers[i] = last
  }
  const weights = new Map<number, number>()
  for (let i = 0; i < length; i++) {
    const folded = next()
    weights.set(numbers[i] as number, (folded % 2 === 0 ? folded : -folded - 1) / (2 * parts))
  }
  return weights
}

/** The text of weights, without those that round to nothing. */
export function tableOf(all: TokenWeights): string {
  const kept = [...all]
    .map(([number, weight]) => [number, Math.max(-128, Math.min(127, Math.round(weight * parts)))] as const)
    .filter(([, eighths]) => eighths !== 0)
    .sort(([one], [other]) => one - other)
  let text = ''
  const push = (value: number) => {
    let rest = value
    for (; rest >= base; rest = Math.floor(rest / base)) text += digits[base + (rest % base)]
    text += digits[rest]
  }
  push(kept.length)
  let last = 0
  for (const [number] of kept) {
    push(number - last)
    last = number
  }
  for (const [, eighths] of kept) push(eighths < 0 ? -2 * eighths - 1 : 2 * eighths)
  return text
}
