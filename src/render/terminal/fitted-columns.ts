import { type Column, fitWidths, lineWidth } from './table.ts'
import type { Theme } from './theme.ts'

/** A column of a table that has more of them than some terminals have room for. */
export interface SparedColumn extends Column {
  /** Left out rather than that a name is cut. */
  readonly spare?: boolean
  /** Left out, lowest first, where even shortened names leave no room for every number. */
  readonly keep?: number
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
  for (;;) {
    const columns = shown.map((i) => wanted[i] as Wanted)
    const widths = shown.map((i) => natural[i] ?? 0)
    if (theme.columns === null) return { columns, widths }
    fitWidths(columns, widths, theme.columns)
    const least = Math.min(...columns.map(({ keep = Number.POSITIVE_INFINITY }) => keep))
    if (lineWidth(widths) <= theme.columns || least === Number.POSITIVE_INFINITY) return { columns, widths }
    shown = shown.filter((i) => wanted[i]?.keep !== least)
  }
}
