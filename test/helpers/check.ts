import { compilePolicy } from '../../src/check/policy/compile-policy.ts'
import { type CheckedCheckpoint, type CheckOptions, checkCheckpoint } from '../../src/check/run.ts'
import { parsePolicy } from '../../src/cli/files/policy-document.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import { checkpointOf, type Entries, type Surrounding } from './checkpoint.ts'

/** Checks a checkpoint made of entries. */
export function checked(
  entries: Entries,
  around: Surrounding & { readonly options?: CheckOptions } = {},
): CheckedCheckpoint {
  return checkedCheckpoint(checkpointOf(entries, around), around.options)
}

function checkedCheckpoint(checkpoint: Checkpoint, options: CheckOptions = {}): CheckedCheckpoint {
  return checkCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { path: 'model' }), options)
}

/** `level rule: message`, one a finding. */
export function findingTexts({ findings }: CheckedCheckpoint): string[] {
  return findings.map(({ level, rule, message }) => `${level} ${rule}: ${message}`)
}

/** What a policy, as its text, holds a checkpoint called `model` to. */
export function heldTo(text: string): CheckOptions {
  const { expected, levels } = compilePolicy(parsePolicy(text, 'sdinspect.yaml')).expectedOf(['model'])
  return { expected, levels }
}
