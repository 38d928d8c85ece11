import type { CheckFinding } from '../../check/check-finding.ts'
import type { CheckReport } from '../../check/check-report.ts'
import { findingSentence } from '../finding-place.ts'
import { printable } from '../text.ts'

// https://testanything.org/tap-version-14-specification.html

/** TAP 14: a point for each rule of each checkpoint. */
export function* tap(report: CheckReport): Generator<string> {
  const points: string[] = []
  const point = (holds: boolean, title: string, directive = ''): void => {
    points.push(`${holds ? 'ok' : 'not ok'} ${points.length + 1} - ${description(title)}${directive}`)
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
      const counting = findings.filter(({ suppressed, level }) => suppressed === null && level !== 'info')
      if (counting.length === 0) point(true, `${path}: ${rule}`)
      for (const finding of counting) point(false, `${path}: ${rule}: ${findingSentence(finding)}`)
    }
    for (const { rule, reason } of skipped) point(true, `${path}: ${rule}`, ` # SKIP ${description(reason)}`)
  }
  for (const finding of report.findings)
    if (!about.has(finding.path) && finding.suppressed === null)
      point(false, `${finding.path}: ${finding.rule}: ${findingSentence(finding)}`)
  yield 'TAP version 14\n'
  yield `1..${points.length}\n`
  for (const line of points) yield `${line}\n`
}

/** A number sign would start a directive. */
function description(text: string): string {
  return printable(text).replace(/[\\#]/g, '\\$&')
}
