import type { CheckedSummary, CheckReport } from '../../check/check-report.ts'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { findingSentence, isFailure } from '../finding-place.ts'
import { printable } from '../text.ts'

// The dialect that Jenkins, GitLab, Azure Pipelines and Buildkite read: https://github.com/testmoapp/junitxml, as far as
// Jenkins' xUnit plugin takes it (junit-10.xsd), which knows no sum of what is skipped in all suites.

const longest = 2_000

/** JUnit XML: a suite a checkpoint, a case a rule, so that a green run shows what was asked. */
export function* junit(report: CheckReport): Generator<string> {
  const suites = report.checkpoints.map((checkpoint) => suiteOf(checkpoint, report))
  const about = new Set(report.checkpoints.map(({ path }) => path))
  const others = report.findings.filter(({ path }) => !about.has(path))
  if (others.length > 0) suites.push(casesOf('policy', groupBy(others), [], report))
  const sum = (key: 'tests' | 'failures' | 'errors'): number =>
    suites.reduce((total, suite) => total + suite[key], 0)
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  yield `<testsuites name="sdinspect check" tests="${sum('tests')}" failures="${sum('failures')}" errors="${sum('errors')}">\n`
  for (const { name, tests, failures, errors, skipped, cases } of suites) {
    yield `  <testsuite name="${attribute(name)}" tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}">\n`
    yield* cases
    yield '  </testsuite>\n'
  }
  yield '</testsuites>\n'
}

interface Suite {
  readonly name: string
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly cases: readonly string[]
}

function suiteOf({ path, error, rules, skipped }: CheckedSummary, report: CheckReport): Suite {
  const own = groupBy(report.findings.filter((finding) => finding.path === path))
  // Readers may know a rule that nobody has described yet.
  const all = new Map([...rules.map((rule): [string, CheckFinding[]] => [rule, []]), ...own])
  const suite = casesOf(path, all, skipped, report)
  if (error === null) return suite
  const body = `      <error type="${attribute(error.code)}" message="${attribute(error.message)}"/>\n`
  return { ...suite, tests: suite.tests + 1, errors: 1, cases: [caseOf('read', path, body), ...suite.cases] }
}

function casesOf(
  name: string,
  byRule: ReadonlyMap<string, readonly CheckFinding[]>,
  skipped: CheckedSummary['skipped'],
  report: CheckReport,
): Suite {
  let failures = 0
  let passedOver = skipped.length
  const cases = [...byRule].map(([rule, findings]) => {
    const counting = findings.filter((finding) => isFailure(finding, report))
    if (counting.length > 0) failures++
    else if (findings.length > 0 && findings.every(({ suppressed }) => suppressed !== null)) passedOver++
    return caseOf(rule, name, bodyOf(findings, counting))
  })
  const unasked = skipped.map(({ rule, reason }) =>
    caseOf(rule, name, `      <skipped message="${attribute(reason)}"/>\n`),
  )
  return {
    name,
    tests: cases.length + unasked.length,
    failures,
    errors: 0,
    skipped: passedOver,
    cases: [...cases, ...unasked],
  }
}

function bodyOf(findings: readonly CheckFinding[], counting: readonly CheckFinding[]): string {
  const [first] = counting
  if (first !== undefined) {
    const lines = counting.map((finding) => `${finding.level}: ${findingSentence(finding)}`)
    return `      <failure type="${first.level}" message="${attribute(findingSentence(first))}">${content(lines)}</failure>\n`
  }
  const known = findings.filter(({ suppressed }) => suppressed === null)
  if (known.length === 0 && findings.length > 0) {
    const reason = findings[0]?.suppressed?.reason ?? ''
    return `      <skipped message="${attribute(`suppressed: ${reason}`)}"/>\n`
  }
  const notes = known.map((finding) => `${finding.level}: ${findingSentence(finding)}`)
  return notes.length === 0 ? '' : `      <system-out>${content(notes)}</system-out>\n`
}

function caseOf(rule: string, path: string, body: string): string {
  const start = `    <testcase classname="${attribute(rule)}" name="${attribute(path)}"`
  return body === '' ? `${start}/>\n` : `${start}>\n${body}    </testcase>\n`
}

function groupBy(findings: readonly CheckFinding[]): Map<string, CheckFinding[]> {
  const groups = new Map<string, CheckFinding[]>()
  for (const finding of findings) {
    const group = groups.get(finding.rule)
    if (group === undefined) groups.set(finding.rule, [finding])
    else group.push(finding)
  }
  return groups
}

function content(lines: readonly string[]): string {
  return lines.map((line) => attribute(line)).join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text in XML 1.0: printable already, so none of the characters XML forbids is left. */
function attribute(text: string): string {
  const shown = text.length <= longest ? text : `${text.slice(0, longest)}…`
  return printable(shown).replace(/[&<>"']/g, (found) => entities[found] as string)
}
