import type { CheckReport } from '../check/check-report.ts'
import { type CheckFinding, severityRank } from '../check/findings/check-finding.ts'
import { quoted } from '../errors.ts'
import { type Workspace, workspacePath } from './workspace.ts'

/** The file a finding points at, as CI services want it: relative to the root of the workspace, with `/`, no `./`. */
export function reportPath({ file, path }: CheckFinding, workspace: Workspace | undefined): string {
  return workspacePath(file ?? path, workspace)
}

/** Whether a finding fails the check: the exit code is 0 where none does, and every file was read. */
export function isFailure({ level, suppressed }: CheckFinding, { failing }: CheckReport): boolean {
  return suppressed === null && failing !== null && severityRank(level) <= severityRank(failing)
}

/** The findings that count, and those that do not when they are asked for. */
export function shownFindings(
  findings: readonly CheckFinding[],
  showSuppressed: boolean,
): readonly CheckFinding[] {
  return showSuppressed ? findings : findings.filter(({ suppressed }) => suppressed === null)
}

/** What a finding says, in one line: the tensor where the message does not name it, and the fix. */
export function findingSentence(finding: CheckFinding): string {
  const { message, fix } = finding
  const unnamed = unnamedTensor(finding)
  const name = unnamed === null ? '' : `${unnamed}: `
  return `${name}${message}${fix === null ? '' : ` (fix: ${fix})`}`
}

/** The tensor a finding is about, where its message does not say so already, in quotes or not. */
export function unnamedTensor({ tensor, message }: Pick<CheckFinding, 'tensor' | 'message'>): string | null {
  return tensor === null || message.includes(tensor) || message.includes(quoted(tensor)) ? null : tensor
}
