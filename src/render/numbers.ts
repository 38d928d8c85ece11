import { count } from './text.ts'

/** A unit that stays the same down a column. Decimal, as disks and hubs count. */
export interface ByteUnit {
  readonly name: 'kB' | 'MB' | 'GB'
  /** The number alone: `1,386.0`; with a unit of its own where that would read as nothing: `96 B`. */
  text(bytes: number): string
}

/** The unit for a column whose largest value is `largest`. */
export function byteUnit(largest: number): ByteUnit {
  const [name, size] =
    largest < 1e6 ? (['kB', 1e3] as const) : largest < 1e11 ? (['MB', 1e6] as const) : (['GB', 1e9] as const)
  const decimals = largest / size < 1_000 ? 2 : 1
  return { name, text: (bytes) => dust(bytes, size, decimals) ?? fixed(bytes / size, decimals) }
}

/** What is too small to be told in the unit of its column. */
function dust(bytes: number, size: number, decimals: number): string | null {
  if (bytes === 0) return '0'
  // Of gigabytes two digits are asked for: layers of a large model have tens of megabytes.
  if (Number((bytes / size).toFixed(decimals)) >= (size === 1e9 ? 0.1 : 0.01)) return null
  if (bytes < 1e3) return `${bytes} B`
  return bytes < 1e6 ? `${fixed(bytes / 1e3, 1)} kB` : `${fixed(bytes / 1e6, 1)} MB`
}

/** With thousands commas, and never `-0.0`. */
function fixed(value: number, decimals: number): string {
  const [whole = '0', fraction] = value.toFixed(decimals).split('.')
  const commas = count(Number(whole))
  return fraction === undefined ? commas : `${commas}.${fraction}`
}

/** `87 %`; `<1 %` and `>99 %` rather than a 0 or 100 that is not so. */
export function percent(part: number, whole: number): string {
  return percentText(Math.round((part / whole) * 100), part, whole)
}

/**
 * Whole percentages of siblings in a column in which their parent stands with `told`: rounded, and those that were rounded up
 * the most down again, until they add up to no more. Equal ones stay equal.
 */
export function siblingPercents(exact: readonly number[], told: number): readonly number[] {
  const values = exact.map(Math.round)
  const raise = (i: number) => (values[i] as number) - (exact[i] as number)
  const raised = [...values.keys()].filter((i) => raise(i) > 0).sort((i, j) => raise(j) - raise(i))
  let sum = values.reduce((all, value) => all + value, 0)
  for (let at = 0; sum > told && at < raised.length; ) {
    const size = exact[raised[at] as number]
    for (; at < raised.length && exact[raised[at] as number] === size; at++, sum--)
      values[raised[at] as number] = (values[raised[at] as number] as number) - 1
  }
  return values
}

/** `87 %` of a part and its whole percentage; `<1 %` and `>99 %` rather than a 0 or 100 that is not so. */
export function percentText(value: number, part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  if (part === whole) return '100 %'
  return value <= 0 ? '<1 %' : value >= 100 ? '>99 %' : `${value} %`
}

/** The percentages of all parts of a whole, which add up to 100: what is left by rounding down goes to the largest remainders. */
export function percents(parts: readonly number[]): readonly string[] {
  const whole = parts.reduce((sum, part) => sum + part, 0)
  const exact = parts.map((part) => (whole === 0 ? 0 : (part * 100) / whole))
  const values = exact.map(Math.floor)
  let left = whole === 0 ? 0 : 100 - values.reduce((sum, value) => sum + value, 0)
  const byRemainder = [...exact.keys()].sort((i, j) => remainder(exact, j) - remainder(exact, i) || i - j)
  for (const i of byRemainder) if (left-- > 0) values[i] = (values[i] as number) + 1
  return parts.map((part, i) => percentText(values[i] as number, part, whole))
}

const remainder = (exact: readonly number[], i: number): number => (exact[i] as number) % 1

/** A share of answers in words: `1 in 3`. */
export function oddsText(share: number): string {
  return share < 0.015 ? 'fewer than 1 in 60' : `1 in ${Math.max(2, Math.round(1 / share))}`
}
