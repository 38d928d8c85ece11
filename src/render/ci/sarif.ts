import type { CheckReport } from '../../check/check-report.ts'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import type { Rule } from '../../findings/rules.ts'
import { homepage, version } from '../../version.ts'
import { findingSentence, reportPath } from '../finding-place.ts'
import { json } from '../json-text.ts'
import { rulePage } from '../rule-page.ts'
import { plural, printable } from '../text.ts'
import { type Workspace, workspacePath } from '../workspace.ts'

// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
const levels = { error: 'error', warning: 'warning', info: 'note' } as const

/** As CVSS counts, in the bands of code scanning: from 9 critical, from 7 high, from 4 medium. Loading such a file runs code. */
const severities = { error: '9.0', warning: '6.0', info: '3.0', off: '3.0' } as const

/** GitHub takes 25,000 results of a run and keeps 5,000. */
const mostResults = 5_000

/** SARIF 2.1.0: what code scanning services read. Suppressed findings are in it, marked. */
export function* sarif(
  report: CheckReport,
  rules: readonly Rule[],
  workspace?: Workspace,
): Generator<string> {
  const used = new Set(report.findings.map(({ rule }) => rule))
  const listed = rules.filter(({ id }) => used.has(id))
  const more = report.findings.length - mostResults
  const known = new Map<string, number>(listed.map(({ id }, index) => [id, index]))
  yield* json({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            semanticVersion: report.tool.version,
            informationUri: homepage,
            rules: listed.map(ruleOf),
          },
        },
        automationDetails: { id: 'sdinspect/check' },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.status !== 'error',
            toolExecutionNotifications: [
              ...report.checkpoints.flatMap(({ path, error }) =>
                error === null
                  ? []
                  : [{ level: 'error', message: { text: text(`${path}: ${error.message}`) } }],
              ),
              ...(more > 0
                ? [
                    {
                      level: 'warning',
                      message: { text: `${plural(more, 'more finding')}: the JSON report has all` },
                    },
                  ]
                : []),
            ],
          },
        ],
        results: report.findings
          .slice(0, mostResults)
          .map((finding) => resultOf(finding, known.get(finding.rule), workspace)),
      },
    ],
  })
}

function ruleOf(rule: Rule): object {
  const { id, claim, why, case: example, fix, level } = rule
  return {
    id,
    shortDescription: { text: text(claim) },
    fullDescription: { text: text(`${claim}. ${why}`) },
    help: {
      text: text(`${why}\n\nCase: ${example}\n\nFix: ${fix}`),
      markdown: [...rulePage(rule)].join(''),
    },
    helpUri: `${homepage}/blob/v${version}/docs/rules.md#${id.replaceAll('/', '')}`,
    defaultConfiguration: { level: level === 'off' ? 'none' : levels[level], enabled: level !== 'off' },
    properties: id.startsWith('security/')
      ? { tags: ['checkpoint', 'security'], 'security-severity': severities[level] }
      : { tags: ['checkpoint'] },
  }
}

function resultOf(
  finding: CheckFinding,
  ruleIndex: number | undefined,
  workspace: Workspace | undefined,
): object {
  const { rule, level, path, file, line, column, tensor, fingerprint, suppressed } = finding
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levels[level],
    message: { text: text(findingSentence(finding)) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(reportPath(finding, workspace)) },
          // Services show a finding at a line only; of a binary it is the first.
          region: { startLine: line ?? 1, ...(column === null ? {} : { startColumn: column }) },
        },
        ...(tensor === null
          ? {}
          : { logicalLocations: [{ fullyQualifiedName: printable(tensor), kind: 'member' }] }),
      },
    ],
    ...(file === null || file === path
      ? {}
      : {
          relatedLocations: [
            { id: 0, physicalLocation: { artifactLocation: { uri: uriOf(workspacePath(path, workspace)) } } },
          ],
        }),
    partialFingerprints: { 'sdinspect/v1': fingerprint },
    ...(suppressed === null
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: text(suppressed.reason) }] }),
  }
}

/** Text of a message: `[text](1)` would be a link, and `{0}` an argument. */
function text(value: string): string {
  return value
    .split('\n')
    .map((line) =>
      printable(line)
        .replace(/[[\]\\]/g, '\\$&')
        .replace(/\{/g, '{{')
        .replace(/\}/g, '}}'),
    )
    .join('\n')
}

/** A relative reference, which has no scheme and nothing that is not of a path; the address of what is not here. */
function uriOf(path: string): string {
  if (/^https?:\/\//.test(path) && URL.canParse(path)) return new URL(path).href
  // encodeURIComponent refuses half a surrogate pair.
  const encoded = path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  return path.startsWith('/') ? `file://${encoded}` : encoded
}
