import type { CheckFinding } from '../findings/check-finding.ts'
import type { CheckedCheckpoint } from '../run.ts'

/**
 * A file that a policy pins for all its checkpoints need be in one of them: what one lacks and another has is no
 * fault, and what none has is said once.
 */
export function withoutPinnedElsewhere(checked: readonly CheckedCheckpoint[]): readonly CheckedCheckpoint[] {
  const there = new Set(checked.flatMap(({ report }) => report?.files.map(({ name }) => name) ?? []))
  const told = new Set<string>()
  const isKept = ({ rule, args }: CheckFinding): boolean => {
    if (rule !== 'hash/pinned' || args.what !== 'missing' || args.ofAll !== true) return true
    const name = String(args.name)
    if (there.has(name) || told.has(name)) return false
    told.add(name)
    return true
  }
  return checked.map((one) => ({ ...one, findings: one.findings.filter(isKept) }))
}
