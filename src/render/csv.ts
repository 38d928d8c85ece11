import { entriesOf } from '../model/entries.ts'
import type { Report, TensorReport, ValueReport } from '../model/report.ts'
import { representationText } from '../model/tensors/representation-text.ts'
import type { Renderer, View } from './renderer.ts'
import { printable } from './text.ts'

const rows: View<Report> = { as: 'text', head: csvHead, gap: '', text: csvRows }

/** A table of tensors for spreadsheets. */
export const csv: Renderer = {
  format: 'csv',
  views: {
    inspect: async () => rows,
    ls: async () => rows,
    async stats() {
      const { statisticsFields, statisticsColumns } = await import('./statistics-fields.ts')
      return {
        as: 'text',
        gap: '',
        hidesUnread: true,
        head: (several) => row([...(several ? ['path'] : []), ...statisticsColumns]),
        *text({ path, tensors }, several) {
          for (const tensor of tensors) yield row([...(several ? [path] : []), ...statisticsFields(tensor)])
        },
      }
    },
  },
}

const columns = [
  'stateDict',
  'name',
  'kind',
  'kindLevel',
  'kindReason',
  'dtype',
  'shape',
  'elements',
  'bytes',
  'trainable',
  'trainableLevel',
  'trainableReason',
  'tiedTo',
  'keptAs',
] as const

/** The first line of the CSV. With `several` checkpoints each row starts with the path of its own. */
function csvHead(several: boolean): string {
  return row([...(several ? ['path'] : []), ...columns])
}

/**
 * A row for each entry of each state dict (RFC 4180, lines end in CRLF). `keptAs` is how the values of a tensor are
 * kept where that is not dense, and what an entry is that is no tensor.
 */
function* csvRows(report: Report, several: boolean): Generator<string> {
  for (const stateDict of report.stateDicts)
    for (const { tensor, value } of entriesOf(stateDict))
      yield row([
        ...(several ? [report.path] : []),
        stateDict.path,
        ...columns.slice(1).map((c) => (tensor === undefined ? valueField(value, c) : field(tensor, c))),
      ])
}

function valueField({ name, kind, description }: ValueReport, column: (typeof columns)[number]): string {
  return { name, kind, keptAs: description }[column as string] ?? ''
}

function field(tensor: TensorReport, column: (typeof columns)[number]): string | number {
  if (column === 'stateDict') return ''
  if (column === 'keptAs')
    return tensor.representation === undefined ? '' : representationText(tensor.representation)
  const value = tensor[column]
  return typeof value === 'object' ? (value === null ? '' : shapeText(value as readonly number[])) : value
}

function row(values: readonly (string | number)[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

/**
 * A text as a spreadsheet takes it for a text: what could start a formula gets an apostrophe before it, as
 * OWASP advises. Control characters are shown as escapes, so a row is a line.
 */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = printable(value)
  const guarded = /^[\s]*[=+\-@|%]/.test(text) ? `'${text}` : text
  return /[",;'\s]|^$/.test(guarded) && guarded !== '' ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
