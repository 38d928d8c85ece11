import { type Column, fitWidths, lineWidth } from './table.ts'
import type { Theme } from './theme.ts'

/** A column of a table that has more of them than some terminals have room for. */
export interface SparedColumn extends Column {
  /** Left out rather than that a name is cut. */
  readonly spare?: boolean
  /** Left out, lowest first, where even shortened names leave no room for every number. */
  readonly keep?: number
  /** Of a column of names: what it shrinks to, its names on lines of their own, before a `vital` one is left out. */
  readonly tightest?: number
  /** Left out only where names have given way too. */
  readonly vital?: boolean
}

/** The columns that fit the terminal and their widths: what can be spared gives way first, then names, then columns. */
export function fitted<Wanted extends SparedColumn>(
  wanted: readonly Wanted[],
  natural: readonly number[],
  theme: Theme,
): { readonly columns: readonly Wanted[]; readonly widths: readonly number[] } {
  let shown = [...wanted.keys()]
  const leastOf = (i: number) => (wanted[i]?.spare ? (wanted[i].least ?? natural[i] ?? 0) : (natural[i] ?? 0))
  const spares = shown.filter((i) => wanted[i]?.spare)
  spares.sort((i, j) => (wanted[i]?.keep ?? -1) - (wanted[j]?.keep ?? -1))
  for (const i of spares) {
    if (theme.columns === null || lineWidth(shown.map(leastOf)) <= theme.columns) break
    shown = shown.filter((other) => other !== i)
  }
  let isTight = false
  for (;;) {
    const columns = shown.map((i) => wanted[i] as Wanted)
    const widths = shown.map((i) => natural[i] ?? 0)
    if (theme.columns === null) return { columns, widths }
    fitWidths(isTight ? columns.map(tightened) : columns, widths, theme.columns)
    if (lineWidth(widths) <= theme.columns) return { columns, widths }
    const given = columns.filter(({ vital = false }) => isTight || !vital)
    const least = Math.min(...given.map(({ keep = Number.POSITIVE_INFINITY }) => keep))
    if (least < Number.POSITIVE_INFINITY) shown = shown.filter((i) => wanted[i]?.keep !== least)
    else if (isTight) return { columns, widths }
    else isTight = true
  }
}

const tightened = <Wanted extends SparedColumn>(column: Wanted): Wanted =>
  column.tightest === undefined ? column : { ...column, least: column.tightest }
