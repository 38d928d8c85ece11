import type { Report, StateDictReport } from '../../model/report.ts'
import { chosenStateDict } from '../../model/select.ts'
import { bigCount } from '../heading-facts.ts'
import { type ByteUnit, byteUnit } from '../numbers.ts'
import { count, sentence } from '../text.ts'
import { fitted, type SparedColumn } from './fitted-columns.ts'
import { type Cell, headLine, lineWidth, measureRow } from './table.ts'
import type { Theme } from './theme.ts'
import { wholeRow } from './whole-row.ts'

/** What a row says of one checkpoint. */
interface Row {
  readonly path: string
  readonly stateDict: StateDictReport | null
  readonly bytes: number
}

/** What the parts of a model come to. */
interface Whole {
  readonly label: string
  readonly parameters: number
  readonly buffers: number
  readonly bytes: number
  readonly isLeast: boolean
}

/**
 * Several checkpoints beside each other, a row each, before their trees. Where they are the parts of one model, a folder
 * each, with what they come to together: of files of one part that differ in their element type the first counts.
 *
 * @param at path of the state dict that is shown of each; null: the main one
 * @param areParts whether they were found in one folder that was asked for
 */
export function* severalText(
  reports: readonly Report[],
  { at, areParts }: { readonly at: string | null; readonly areParts: boolean },
  theme: Theme,
): Generator<string> {
  const rows = reports.map(
    (report): Row => ({
      path: report.path,
      stateDict: chosenStateDict(report.stateDicts, at),
      bytes: weightBytes(report),
    }),
  )
  const unit = byteUnit(Math.max(...rows.map(({ bytes }) => bytes)))
  const wanted: SparedColumn[] = [
    { title: 'Checkpoint', align: 'left', least: 14, most: 100 },
    { title: 'Param #', align: 'right' },
    { title: 'Trainable', align: 'right', keep: 2 },
    { title: 'Buffer #', align: 'right', keep: 3 },
    { title: unit.name, align: 'right', keep: 4 },
    { title: 'Dtype', align: 'left', least: 5, keep: 1 },
  ]
  const whole = areParts ? wholeOf(rows) : null
  const cellsWith = (number: (value: number) => string): readonly Cell[][] => [
    ...rows.map(({ path, stateDict, bytes }): Cell[] => [
      [{ text: sentence(path, theme.ascii), style: 'strong', cut: 'middle' }],
      ...numbersOf(stateDict, number, theme),
      [{ text: unit.text(bytes), style: 'quiet' }],
      [{ text: typesOf(stateDict), style: 'quiet', cut: 'end' }],
    ]),
    ...(whole === null ? [] : [wholeCells(whole, number, unit)]),
  ]
  const measured = (cells: readonly Cell[][]): number[] => {
    const widths = wanted.map(({ title }) => title.length)
    for (const row of cells) measureRow(wanted, widths, row)
    return widths
  }
  // Of numbers a part is wrong: where they have no room beside the names they are rounded, as in the heading of each tree.
  const isNarrow = lineWidth(measured(cellsWith(count))) > (theme.columns ?? Number.POSITIVE_INFINITY)
  const cells = cellsWith(isNarrow ? bigCount : count)
  const { columns, widths } = fitted(wanted, measured(cells), theme)
  const shown = columns.map((column) => wanted.indexOf(column))
  yield headLine(columns, widths, theme)
  for (const row of cells)
    yield* wholeRow(
      columns,
      widths,
      shown.map((i) => row[i] ?? []),
      theme,
    )
  yield theme.paint('line', theme.glyphs.rule.repeat(Math.min(lineWidth(widths), theme.columns ?? 200)))
}

function wholeCells(whole: Whole, number: (value: number) => string, unit: ByteUnit): Cell[] {
  return [
    [{ text: whole.label, style: 'quiet', cut: 'end' }],
    [{ text: `${whole.isLeast ? 'at least ' : ''}${number(whole.parameters)}`, style: 'strong' }],
    [],
    [{ text: number(whole.buffers), style: whole.buffers === 0 ? 'quiet' : 'buffer' }],
    [{ text: unit.text(whole.bytes), style: 'quiet' }],
    [],
  ]
}

function numbersOf(
  stateDict: StateDictReport | null,
  number: (value: number) => string,
  theme: Theme,
): Cell[] {
  if (stateDict === null) return [[{ text: '--', style: 'quiet' }], [], []]
  const { logicalParameters, logicalIsLeast, trainable, buffers } = stateDict.totals
  return [
    [{ text: `${logicalIsLeast === true ? 'at least ' : ''}${number(logicalParameters)}` }],
    [
      trainable.upperBound
        ? { text: `${theme.glyphs.atMost} ${number(trainable.elements)}`, style: 'quiet' }
        : { text: number(trainable.elements) },
    ],
    [
      {
        text: buffers.elements === 0 ? '0' : number(buffers.elements),
        style: buffers.elements === 0 ? 'quiet' : 'buffer',
      },
    ],
  ]
}

function typesOf(stateDict: StateDictReport | null): string {
  const types = stateDict?.totals.dtypes.map(({ dtype }) => dtype ?? 'not recorded') ?? []
  return types.slice(0, 3).join(', ') + (types.length > 3 ? `, ${types.length - 3} more` : '')
}

function weightBytes({ files }: Report): number {
  return files.reduce((sum, { role, bytes }) => sum + (role === 'weights' ? bytes : 0), 0)
}

/** `model.fp16.safetensors` is `model.safetensors` in another type. */
const variant = /\.(?:fp16|bf16|fp32|fp8|int8|non_ema|ema_only)(?=[.-])/

/** What the parts of a model come to; null where they are not in folders of their own. */
function wholeOf(rows: readonly Row[]): Whole | null {
  const parts = new Map<string, Row>()
  for (const row of rows) {
    const folder = row.path.slice(0, Math.max(0, row.path.lastIndexOf('/')))
    const first = parts.get(folder)
    if (first === undefined) parts.set(folder, row)
    else if (row.path.replace(variant, '') !== first.path.replace(variant, '')) return null
    else if (variant.test(first.path)) parts.set(folder, row)
  }
  if (parts.size < 2) return null
  const counted = [...parts.values()]
  const sum = (of: (stateDict: StateDictReport) => number) =>
    counted.reduce((all, { stateDict }) => all + (stateDict === null ? 0 : of(stateDict)), 0)
  return {
    label: counted.length === rows.length ? 'together' : 'together, each part once',
    parameters: sum(({ totals }) => totals.logicalParameters),
    buffers: sum(({ totals }) => totals.buffers.elements),
    bytes: counted.reduce((all, { bytes }) => all + bytes, 0),
    isLeast: counted.some(({ stateDict }) => stateDict?.totals.logicalIsLeast === true),
  }
}
