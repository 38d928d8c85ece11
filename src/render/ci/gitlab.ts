import type { CheckReport } from '../../check/check-report.ts'
import { findingSentence, reportPath, shownFindings } from '../finding-place.ts'
import { json } from '../json-text.ts'
import { printable } from '../text.ts'
import type { Workspace } from '../workspace.ts'

// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
const severities = { error: 'critical', warning: 'major', info: 'info' } as const

/** The list that GitLab's merge requests show as code quality. */
export function* gitlab(report: CheckReport, workspace?: Workspace): Generator<string> {
  yield* json(
    shownFindings(report.findings, false).map((finding) => ({
      description: printable(findingSentence(finding)),
      check_name: printable(finding.rule),
      fingerprint: finding.fingerprint,
      severity: severities[finding.level],
      location: { path: printable(reportPath(finding, workspace)), lines: { begin: finding.line ?? 1 } },
    })),
  )
}
