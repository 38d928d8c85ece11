import type { CheckReport } from '../../check/check-report.ts'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { findingSentence, isFailure } from '../finding-place.ts'
import { printable } from '../text.ts'

// https://testanything.org/tap-version-14-specification.html

/** TAP 14: a point for each rule of each checkpoint. */
export function* tap(report: CheckReport): Generator<string> {
  const points: string[] = []
  let number = 0
  const point = (holds: boolean, title: string, directive = ''): void => {
    number++
    points.push(`${holds ? 'ok' : 'not ok'} ${number} - ${description(title)}${directive}`)
  }
  const about = new Set(report.checkpoints.map(({ path }) => path))
  for (const { path, error, rules, skipped } of report.checkpoints) {
    if (error !== null) point(false, `${path}: ${error.message}`)
    const found = new Map<string, CheckFinding[]>(rules.map((rule) => [rule, []]))
    for (const finding of report.findings)
      if (finding.path === path) {
        const list = found.get(finding.rule)
        if (list === undefined) found.set(finding.rule, [finding])
        else list.push(finding)
      }
    for (const [rule, findings] of found) {
      const failures = findings.filter((finding) => isFailure(finding, report))
      if (failures.length === 0) {
        point(true, `${path}: ${rule}`)
        // What counts and fails nothing stands in the log.
        for (const finding of findings)
          if (finding.suppressed === null)
            points.push(`# ${finding.level}: ${printable(findingSentence(finding))}`)
      }
      for (const finding of failures) point(false, `${path}: ${rule}: ${findingSentence(finding)}`)
    }
    for (const { rule, reason } of skipped) point(true, `${path}: ${rule}`, ` # SKIP ${description(reason)}`)
  }
  for (const finding of report.findings)
    if (!about.has(finding.path) && finding.suppressed === null)
      point(!isFailure(finding, report), `${finding.path}: ${finding.rule}: ${findingSentence(finding)}`)
  yield 'TAP version 14\n'
  yield `1..${number}\n`
  for (const line of points) yield `${line}\n`
}

/** A number sign would start a directive. */
function description(text: string): string {
  return printable(text).replace(/[\\#]/g, '\\$&')
}
