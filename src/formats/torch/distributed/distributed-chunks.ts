import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'
import type { DistributedBlob } from './distributed-metadata.ts'

/** Findings that are named. */
const mostFindings = 20

/** Chunks that are in the same bytes of a file: one of them is not what it is said to be. */
export function sharedBytes(blobs: readonly DistributedBlob[], file: string): Finding[] {
  const findings: Finding[] = []
  const sorted = [...blobs].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.offset - b.offset))
  for (let i = 1; i < sorted.length && findings.length < mostFindings; i++) {
    const [before, blob] = [sorted[i - 1], sorted[i]] as [DistributedBlob, DistributedBlob]
    if (before.file !== blob.file || blob.offset >= before.offset + before.length) continue
    const problem = `chunks of ${quoted(before.name)} and ${quoted(blob.name)} are in the same bytes of ${quoted(blob.file)}`
    findings.push(finding('torch-distributed/chunks', { problem }, { file }))
  }
  return findings
}

export const quoted = (name: string) => JSON.stringify(name.slice(0, 200))
