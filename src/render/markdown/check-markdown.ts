import type { CheckReport } from '../../check/check-report.ts'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { bytesText } from '../../model/bytes-text.ts'
import { reportPath, shownFindings, unnamedTensor } from '../finding-place.ts'
import { count, plural, sizeText } from '../text.ts'
import { code } from './markdown.ts'

/** GitHub refuses a job summary over 1 MiB, all of it. UTF-8 takes at most 3 bytes a UTF-16 unit. */
const mostLength = 900_000 / 3

/** The summary of a job or a pull request: the verdict first, then the findings, then what was checked. */
export function* checkMarkdown(
  report: CheckReport,
  { showSuppressed }: { readonly showSuppressed: boolean },
): Generator<string> {
  const { errors, warnings, suppressed, coverage } = report.summary
  const isClean = errors + warnings === 0
  const pass =
    isClean && coverage.values?.sampled
      ? '⚠️ a sample of the values passed'
      : isClean
        ? '✅ passed'
        : '⚠️ passed, and not clean'
  const verdicts = { pass, fail: '❌ failed', error: '❓ could not be checked' } as const
  yield `### sdinspect check: ${verdicts[report.status]}\n\n`
  yield `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`
  if (suppressed > 0) yield ` (${count(suppressed)} suppressed)`
  yield ` in ${plural(coverage.checkpoints, 'checkpoint')}, ${plural(coverage.tensors, 'tensor')}, ${bytesText(coverage.bytes)}; ${plural(coverage.rules, 'rule')} run\n`
  for (const { path, error } of report.checkpoints.slice(0, 100))
    if (error !== null) yield `\n- ${code(path)} **could not be checked**: ${code(error.message)}\n`
  yield* findingTable(shownFindings(report.findings, showSuppressed))
  yield `\n<details><summary>${plural(report.checkpoints.length, 'checkpoint')}</summary>\n\n`
  yield '| checkpoint | format | tensors | parameters | size |\n|---|---|---:|---:|---:|\n'
  for (const { path, otherNames = [], format, tensors, parameters, bytes } of report.checkpoints.slice(
    0,
    200,
  ))
    yield `| ${[path, ...otherNames.slice(0, 20)].map((name) => code(cut(name))).join(', ')} | ${format === null ? '-' : code(format)} | ${count(tensors)} | ${count(parameters)} | ${sizeText(bytes, tensors)} |\n`
  yield '\n</details>\n'
  const { left } = report
  if (left.length === 0) return
  yield `\n<details><summary>${plural(left.length, 'file or folder', 'files and folders')} left alone</summary>\n`
  for (const { path, why } of left.slice(0, 100)) yield `\n- ${code(cut(path))}: ${code(cut(why))}`
  yield '\n\n</details>\n'
}

function* findingTable(findings: readonly CheckFinding[]): Generator<string> {
  if (findings.length === 0) return
  yield '\n| level | rule | where | finding | fix |\n|---|---|---|---|---|\n'
  let room = mostLength
  for (const [index, finding] of findings.entries()) {
    const row = rowOf(finding)
    room -= row.length
    if (room < 0) {
      yield `\n${plural(findings.length - index, 'more finding')}: the JSON report has all of them.\n`
      return
    }
    yield row
  }
}

function rowOf(finding: CheckFinding): string {
  const { level, rule, line, message, fix, suppressed } = finding
  const place = `${cut(reportPath(finding, undefined))}${line === null ? '' : `:${line}`}`
  const unnamed = unnamedTensor(finding)
  const name = unnamed === null ? '' : `${code(cut(unnamed))}: `
  const state = suppressed === null ? level : `${level}, suppressed: ${code(cut(suppressed.reason))}`
  return `| ${state} | ${code(rule)} | ${code(place)} | ${name}${code(cut(message))} | ${fix === null ? '' : code(cut(fix))} |\n`
}

function cut(text: string): string {
  return text.length <= 1_000 ? text : `${text.slice(0, 1_000)}…`
}
