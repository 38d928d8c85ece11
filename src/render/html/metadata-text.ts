import type { Report } from '../../model/report.ts'
import { jsonLine } from '../json-text.ts'

/** Values of metadata may be documents, and a page needs no more of one than a person reads. In characters. */
const longestMetadata = 20_000
const mostMetadata = 2_000

/** The metadata of a checkpoint, key and text. */
export function shownMetadata(metadata: Report['metadata']): (readonly [string, string])[] {
  const entries: [string, unknown][] = metadata instanceof Map ? [...metadata] : Object.entries(metadata)
  const shown = entries.slice(0, mostMetadata).map(([key, value]) => {
    const text = typeof value === 'string' ? value : [...jsonLine(value)].join('').trimEnd()
    const cut = text.length > longestMetadata ? `${text.slice(0, longestMetadata)}…` : text
    return [key.slice(0, longestMetadata), cut] as const
  })
  if (entries.length > mostMetadata) shown.push(['…', `${entries.length - mostMetadata} more`])
  return shown
}
