import { isOfUnread } from '../../check/findings/unread.ts'
import { type CheckedCheckpoint, checkCheckpoint } from '../../check/run.ts'
import type { RuleId } from '../../findings/catalogue.ts'
import type { RuleLevel } from '../../findings/entry.ts'
import { inspectCheckpoint } from '../../inspect.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'

/** Findings of a reader that saw tensors and could not list them. */
const unlistedTensors: ReadonlySet<string> = new Set<RuleId>([
  'torch/unfollowed',
  'torch/unlisted-tensors',
  'torch/unread-tensors',
])

/** Bytes that belong to nothing, and that another program may read. */
const unknownBytes: ReadonlySet<string> = new Set<RuleId>([
  'pickle/trailing-bytes',
  'zip/stray-bytes',
  'zip/trailing-bytes',
])

export function mayHoldTensors({ stateDicts, findings }: Checkpoint): boolean {
  return (
    stateDicts.some(({ tensors }) => tensors.length > 0) ||
    findings.some(({ rule }) => unlistedTensors.has(rule))
  )
}

/** Whether a file that is no weights of the model is safe to load, and could be read. Nothing else is asked of it. */
export function checkSafety(
  path: string,
  checkpoint: Checkpoint,
  levels: ReadonlyMap<string, RuleLevel>,
): CheckedCheckpoint {
  const checked = checkCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { path }), { levels })
  const isOfSafety = (rule: string): boolean =>
    rule.startsWith('security/') || rule === 'shards/copy' || unknownBytes.has(rule) || isOfUnread(rule)
  return {
    ...checked,
    error: null,
    findings: checked.findings.filter(({ rule }) => isOfSafety(rule)),
    ran: checked.ran.filter(isOfSafety),
    skipped: [],
  }
}
