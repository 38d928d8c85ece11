import type { Report } from '../model/report.ts'
import type { MetadataChange } from './difference.ts'

type Metadata = Report['metadata']

/** Keys of the files' own metadata that are not the same, in the order of `a`, then of `b`. */
export function metadataChanges(a: Metadata, b: Metadata): MetadataChange[] {
  const [valuesA, valuesB] = [textsOf(a), textsOf(b)]
  const changes: MetadataChange[] = []
  for (const [key, value] of valuesA) {
    const other = valuesB.get(key) ?? null
    if (value !== other) changes.push({ key, a: value, b: other })
  }
  for (const [key, value] of valuesB) if (!valuesA.has(key)) changes.push({ key, a: null, b: value })
  return changes
}

function textsOf(metadata: Metadata): Map<string, string> {
  const entries: Iterable<[string, unknown]> =
    metadata instanceof Map ? metadata.entries() : Object.entries(metadata)
  const texts = new Map<string, string>()
  for (const [key, value] of entries) texts.set(key, typeof value === 'string' ? value : asJson(value))
  return texts
}

/** Depth is the JSON reader's limit at most. */
function asJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      inner instanceof Map
        ? [...inner].map(([key, each]) => [key, each])
        : typeof inner === 'bigint'
          ? String(inner)
          : inner,
    ) ?? 'null'
  )
}
