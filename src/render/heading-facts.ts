import type { Report, StateDictReport } from '../model/report.ts'
import { bytesText, plural } from './text.ts'

/** Who a checkpoint is, a fact each: format, files, writer, tensors, types, size. May hold text of the file. */
export function headingFacts(report: Report, stateDict: StateDictReport | null): readonly string[] {
  const facts = [report.format]
  if (report.files.length > 1) facts.push(filesText(report))
  if (report.producer !== null) facts.push(`written by ${report.producer}`)
  facts.push(...stateDictFacts(stateDict), sizeText(report))
  return facts
}

function stateDictFacts(stateDict: StateDictReport | null): string[] {
  if (stateDict === null) return []
  const { stored, tied, dtypes } = stateDict.totals
  const types = dtypes.map(({ dtype }) => dtype ?? 'dtype not recorded')
  return [plural(stored.tensors + tied.tensors, 'tensor'), types.slice(0, 3).join(', ')].filter(
    (fact) => fact !== '',
  )
}

function filesText({ files }: Report): string {
  const count = (role: string) => files.filter((file) => file.role === role).length
  const weights = count('weights')
  const parts = [weights === 1 ? '1 file' : plural(weights, 'shard')]
  if (count('index') > 0) parts.push('index')
  if (count('config') > 0) parts.push('config')
  return parts.join(' + ')
}

function sizeText({ files }: Report): string {
  let bytes = 0
  for (const file of files) if (file.role === 'weights') bytes += file.bytes
  return bytesText(bytes)
}
