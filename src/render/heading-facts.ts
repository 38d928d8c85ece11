import type { Report, StateDictReport } from '../model/report.ts'
import { bytesText, count, plural } from './text.ts'

/** Who a checkpoint is, a fact each: format, files, writer, tensors, types, size. May hold text of the file. */
export function headingFacts(report: Report, stateDict: StateDictReport | null): readonly string[] {
  const facts = [report.format]
  if (report.files.length > 1) facts.push(filesText(report))
  if (report.producer !== null) facts.push(`written by ${report.producer}`)
  facts.push(...stateDictFacts(stateDict, report.stateDicts), ...sizeTexts(report))
  return facts
}

function stateDictFacts(stateDict: StateDictReport | null, all: readonly StateDictReport[]): string[] {
  if (stateDict === null) return []
  const { dtypes, logicalParameters, logicalIsLeast } = stateDict.totals
  const active =
    stateDict.mixture == null ? '' : `, ${bigCount(stateDict.mixture.activeParameters)} active per token`
  const least = logicalIsLeast === true ? 'at least ' : ''
  const types = dtypes.map(({ dtype }) => dtype ?? 'dtype not recorded')
  return [
    stateDict.role === 'optimizer' ? '' : `${least}${bigCount(logicalParameters)} parameters${active}`,
    tensorsText(all.length > 1 ? all : [stateDict]),
    types.slice(0, 3).join(', '),
  ].filter((fact) => fact !== '')
}

/** Of all state dicts of the file: those that are not shown make it as large as it is. */
function tensorsText(all: readonly StateDictReport[]): string {
  const tensors = all.reduce((sum, { totals: { stored, tied } }) => sum + stored.tensors + tied.tensors, 0)
  return `${plural(tensors, 'tensor')}${all.length > 1 ? ` in ${all.length} state dicts` : ''}`
}

/** As papers print it: `70.6 B`, `355 M`; exact below a million. The totals have every digit. */
export function bigCount(elements: number): string {
  const [unit, size] = elements >= 999.5e9 ? ['T', 1e12] : elements >= 999.5e6 ? ['B', 1e9] : ['M', 1e6]
  if (elements < 1e6) return count(elements)
  const value = elements / (size as number)
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${unit}`
}

function filesText({ files }: Report): string {
  const of = (role: string) => files.filter((file) => file.role === role).length
  const weights = of('weights')
  const parts = [weights === 1 ? '1 file' : plural(weights, 'shard')]
  if (of('index') > 0) parts.push('index')
  if (of('config') > 0) parts.push('config')
  return parts.join(' + ')
}

/** None of a checkpoint of which one file that describes the others was read. */
function sizeTexts({ files }: Report): readonly string[] {
  const weights = files.filter(({ role }) => role === 'weights')
  return weights.length === 0 && files.length > 0
    ? []
    : [bytesText(weights.reduce((sum, { bytes }) => sum + bytes, 0))]
}
