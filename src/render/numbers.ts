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
    largest < 1e6 ? (['kB', 1e3] as const) : largest < 1e13 ? (['MB', 1e6] as const) : (['GB', 1e9] as const)
  const decimals = largest / size < 1_000 ? 2 : 1
  return { name, text: (bytes) => dust(bytes, size, decimals) ?? fixed(bytes / size, decimals) }
}

/** What is too small to be told in the unit of its column. */
function dust(bytes: number, size: number, decimals: number): string | null {
  if (bytes === 0) return '0'
  if (Number((bytes / size).toFixed(decimals)) > 0) return null
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
  if (whole === 0 || part === 0) return '0 %'
  if (part === whole) return '100 %'
  const value = Math.round((part / whole) * 100)
  return value === 0 ? '<1 %' : value === 100 ? '>99 %' : `${value} %`
}

/** A share of answers in words: `1 in 3`. */
export function oddsText(share: number): string {
  return share < 0.015 ? 'fewer than 1 in 60' : `1 in ${Math.max(2, Math.round(1 / share))}`
}
