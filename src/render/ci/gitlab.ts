import type { CheckReport } from '../../check/check-report.ts'
import { fingerprintOf } from '../../check/findings/fingerprint.ts'
import { findingSentence, reportPath, shownFindings } from '../finding-place.ts'
import { json } from '../json-text.ts'
import { printable } from '../text.ts'
import { type Workspace, workspacePath } from '../workspace.ts'

// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
const severities = { error: 'critical', warning: 'major', info: 'info' } as const

/** The list that GitLab's merge requests show as code quality: what was found, and what could not be read, which is no pass. */
export function* gitlab(report: CheckReport, workspace?: Workspace): Generator<string> {
  const unread = report.checkpoints.flatMap(({ path, error }) =>
    error === null
      ? []
      : [
          {
            description: printable(`could not check ${path}: ${error.message}`),
            check_name: printable(error.code),
            fingerprint: fingerprintOf([error.code, path]),
            severity: 'blocker',
            location: { path: printable(workspacePath(path, workspace)), lines: { begin: 1 } },
          },
        ],
  )
  const found = shownFindings(report.findings, false).map((finding) => ({
    description: printable(findingSentence(finding)),
    check_name: printable(finding.rule),
    fingerprint: finding.fingerprint,
    severity: severities[finding.level],
    location: { path: printable(reportPath(finding, workspace)), lines: { begin: finding.line ?? 1 } },
  }))
  yield* json([...found, ...unread])
}
