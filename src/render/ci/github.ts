import type { CheckReport } from '../../check/check-report.ts'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { findingSentence, reportPath, shownFindings } from '../finding-place.ts'
import { count, plural, printable } from '../text.ts'
import type { Workspace } from '../workspace.ts'

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
const commands = { error: 'error', warning: 'warning', info: 'notice' } as const

/** GitHub shows 10 annotations of a level a step, and drops the rest without a word. */
const shownOfLevel = 10

/** Workflow commands that annotate files. Of more than GitHub shows, the last says how many there are. */
export function* github(report: CheckReport, workspace?: Workspace): Generator<string> {
  const findings = shownFindings(report.findings, false)
  for (const level of ['error', 'warning', 'info'] as const) {
    const own = findings.filter((finding) => finding.level === level)
    const room = own.length <= shownOfLevel ? own.length : shownOfLevel - 1
    for (const finding of own.slice(0, room)) yield annotation(finding, workspace)
    if (own.length > room)
      yield `::${commands[level]} title=sdinspect::${data(`${count(own.length - room)} more findings of level ${level}: see the log or the job summary`)}\n`
  }
  const broken = report.checkpoints.filter(({ error }) => error !== null)
  for (const { path, error } of broken.slice(0, 1))
    yield `::error title=sdinspect::${data(`could not check ${plural(broken.length, 'checkpoint')}: ${path}: ${error?.message ?? ''}`)}\n`
}

function annotation(finding: CheckFinding, workspace: Workspace | undefined): string {
  const { level, rule, line, column } = finding
  const properties = [
    `file=${property(reportPath(finding, workspace))}`,
    ...(line === null ? [] : [`line=${line}`]),
    ...(column === null ? [] : [`col=${column}`]),
    `title=${property(`sdinspect ${rule}`)}`,
  ]
  return `::${commands[level]} ${properties.join(',')}::${data(findingSentence(finding))}\n`
}

/** The message of a command: the runner decodes %25, %0D and %0A, and nothing else may end the line. */
function data(text: string): string {
  return printable(text).replaceAll('%', '%25')
}

/** A property of a command ends at a comma or a colon. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
