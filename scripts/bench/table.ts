import type { Sample } from './measure.ts'
import { type Both, typical } from './statistics.ts'

export interface Row {
  readonly title: string
  readonly samples: readonly Sample[]
  /** Against what the table's `against` says. */
  readonly ratio?: Both
  readonly exponent?: Both
  readonly peakBytes?: number
  /** What the ratio may be. */
  readonly most?: number
  /** What the exponent may be. */
  readonly mostExponent?: number
  readonly mostBytes?: number
}

/** Work that doubles may cost 1.15 times its share. */
export const linear = Math.log2(2 * 1.15)

const head = ['', 'CPU', 'wall', 'ratio, CPU', 'wall', 'exponent', 'peak memory', 'goal', '']

/** A table in Markdown, with its columns aligned. */
export function tableText(rows: readonly Row[]): string {
  const cells = [head, ...rows.map(cellsOf)]
  const kept = head.map((_, column) => column === 0 || cells.slice(1).some((row) => row[column] !== ''))
  const shown = cells.map((row) => row.filter((_, column) => kept[column]))
  const widths = (shown[0] as string[]).map((_, column) =>
    Math.max(3, ...shown.map((row) => (row[column] as string).length)),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(shown[0] as string[]), rule, ...shown.slice(1).map(line)].join('\n')
}

function cellsOf({
  title,
  samples,
  ratio,
  exponent,
  peakBytes,
  most,
  mostExponent,
  mostBytes,
}: Row): string[] {
  const { wall, cpu } = typical(samples)
  const goals = [
    ...(most === undefined ? [] : [`ratio ≤ ${most.toFixed(2)}`]),
    ...(mostExponent === undefined ? [] : [`exponent ≤ ${mostExponent.toFixed(2)}`]),
    ...(mostBytes === undefined ? [] : [`≤ ${megabytes(mostBytes)}`]),
  ]
  const within = (both: Both | undefined, limit = Number.POSITIVE_INFINITY) =>
    both === undefined || ((both.cpu ?? 0) <= limit && both.wall <= limit)
  const grown = exponent === undefined ? undefined : { ...exponent, wall: exponent.cpu ?? exponent.wall }
  const met =
    within(ratio, most) && within(grown, mostExponent) && (peakBytes ?? 0) <= (mostBytes ?? peakBytes ?? 0)
  return [
    title,
    cpu === null ? '' : milliseconds(cpu),
    milliseconds(wall),
    times(ratio?.cpu),
    times(ratio?.wall),
    exponent === undefined ? '' : (exponent.cpu ?? exponent.wall).toFixed(2),
    peakBytes === undefined ? '' : megabytes(peakBytes),
    goals.join(', '),
    goals.length === 0 ? '' : met ? 'met' : 'missed',
  ]
}

const milliseconds = (value: number) => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
const times = (value: number | null | undefined) =>
  value === undefined || value === null ? '' : `${value.toFixed(2)} ×`
