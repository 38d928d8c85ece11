import { bytesText } from '../model/bytes-text.ts'
import { inspectionOf } from '../model/inspection.ts'
import { layerCounts } from '../model/modules/block-lists.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { count, plural } from './text.ts'

/** What people ask first of a model, a fact each: parameters, size, types, layers. Empty where nothing is a model. */
export function modelFacts(stateDict: StateDictReport | null): readonly string[] {
  if (stateDict === null || stateDict.role === 'optimizer') return []
  const { totals, mixture } = stateDict
  const active = mixture == null ? '' : `, ${bigCount(mixture.activeParameters)} active per token`
  const least = totals.logicalIsLeast === true ? 'at least ' : ''
  return [
    `${least}${bigCount(totals.logicalParameters)} parameters${active}`,
    ...sizeTexts(storedBytes(stateDict)),
    ...typeTexts(stateDict),
    ...layerTexts(stateDict),
  ]
}

/** Where it is kept, a fact each: format, files, tensors, writer. May hold text of the file. */
export function fileFacts(report: Report, stateDict: StateDictReport | null): readonly string[] {
  const facts = [report.format]
  if (report.files.length > 1) facts.push(filesText(report))
  if (stateDict !== null) facts.push(tensorsText(isAlone(report) ? [stateDict] : report.stateDicts))
  if (stateDict?.role === 'optimizer') facts.push(...typeTexts(stateDict))
  const told = stateDict === null || stateDict.role === 'optimizer' ? null : storedBytes(stateDict)
  const bytes = weightsBytes(report)
  // Of files that hold one model and little else the size is said.
  if (told === null || bytes === null || Math.abs(bytes - told) * 100 > bytes) facts.push(...sizeTexts(bytes))
  if (report.producer !== null) facts.push(`written by ${report.producer}`)
  return facts
}

const isAlone = (report: Report): boolean => report.stateDicts.length < 2

/** Tied tensors once; null where the types are not recorded. */
function storedBytes({ totals: { stored } }: StateDictReport): number | null {
  return stored.bytes === 0 && stored.tensors > 0 ? null : stored.bytes
}

const sizeTexts = (bytes: number | null): readonly string[] => (bytes === null ? [] : [bytesText(bytes)])

function typeTexts({ totals }: StateDictReport): readonly string[] {
  const types = totals.dtypes.map(({ dtype }) => dtype ?? 'dtype not recorded')
  return types.length === 0 ? [] : [types.slice(0, 3).join(', ')]
}

/** `80 layers`, `6 + 6 layers`. */
function layerTexts(stateDict: StateDictReport): readonly string[] {
  const inspection = inspectionOf(stateDict)
  // An adapter has parts for those layers of its model that it changes.
  if (inspection.hasSegment((segment) => /^(?:lora|hada|lokr|oft|vera|boft)_/.test(segment))) return []
  const counts = layerCounts(inspection.tree)
  return counts.length === 0 ? [] : [`${counts.join(' + ')} layers`]
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

/** null of a checkpoint of which one file that describes the others was read. */
function weightsBytes({ files }: Report): number | null {
  const weights = files.filter(({ role }) => role === 'weights')
  return weights.length === 0 && files.length > 0 ? null : weights.reduce((sum, { bytes }) => sum + bytes, 0)
}
