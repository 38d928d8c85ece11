import { isSdinspectError } from '../../errors.ts'
import type { Finding } from '../../model/finding.ts'
import { type ExitCode, Interrupted } from '../io.ts'

/** Whose fault an error is: 1 the checkpoint's, 2 anybody else's. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof Interrupted) return 130
  return isSdinspectError(error) ? exitCodeOfCode(error.code) : 2
}

/** The same of the code of an error. */
export function exitCodeOfCode(code: string): ExitCode {
  // A name that leads out of the folder stands in the checkpoint.
  return code.startsWith('format/') || code === 'source/outside' ? 1 : 2
}

/** 1 when the checkpoint is at fault. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  return findings.some((finding) => finding.level === 'error') ? 1 : 0
}

/** Of a check. */
export function exitCodeOfCheck(status: 'pass' | 'fail' | 'error', exitZero: boolean): ExitCode {
  if (status === 'error') return 2
  return status === 'fail' && !exitZero ? 1 : 0
}

/** Of two verdicts, the one a run ends with: no verdict on a part is no verdict on the whole. */
export function worse(a: ExitCode, b: ExitCode): ExitCode {
  return a > b ? a : b
}
