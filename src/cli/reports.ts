import type { CheckReport } from '../check/check-report.ts'
import { quoted, SdinspectError } from '../errors.ts'
import { nearest } from '../model/edit-distance.ts'
import type { Call } from './command.ts'
import { withNewlines } from './lines.ts'
import type { Look, Output } from './output.ts'

/** How a report is shown: pieces of text. */
type Show = (report: CheckReport, options: Call['options'], look: Look) => Promise<Iterable<string>>

const shows: Readonly<Record<string, Show>> = {
  async text(report, options, look) {
    const [{ checkText }, { loadTheme }] = await Promise.all([
      import('../render/terminal/check-text.ts'),
      import('../render/terminal/theme.ts'),
    ])
    return withNewlines(checkText(report, options, await loadTheme(look)))
  },
  async json(report) {
    const { json } = await import('../render/json/json.ts')
    return json(report)
  },
  async md(report, options) {
    const { checkMarkdown } = await import('../render/markdown/check-markdown.ts')
    return checkMarkdown(report, options)
  },
  async sarif(report) {
    const [{ sarif }, { rules }] = await Promise.all([
      import('../render/ci/sarif.ts'),
      import('../check/rules/index.ts'),
    ])
    return sarif(report, rules)
  },
  async junit(report) {
    const { junit } = await import('../render/ci/junit.ts')
    return junit(report)
  },
  async github(report) {
    const { github } = await import('../render/ci/github.ts')
    return github(report)
  },
  async gitlab(report) {
    const { gitlab } = await import('../render/ci/gitlab.ts')
    return gitlab(report)
  },
  async tap(report) {
    const { tap } = await import('../render/ci/tap.ts')
    return tap(report)
  },
  async metrics(report) {
    const { metrics } = await import('../render/ci/metrics.ts')
    return metrics(report)
  },
}

/** What programs read is whole; what people read is folded. */
const whole = new Set(['json', 'metrics'])

interface Wanted {
  readonly isFolded: boolean
  readonly show: Show
  /** null: standard output, or the file of `--output`. */
  readonly file: string | null
}

/**
 * What `--report` asks for. Where none of them goes to standard output, `--format` does.
 *
 * @throws SdinspectError `usage/arguments`
 */
export function wantedReports({ reports, format }: Call['options']): readonly Wanted[] {
  const wanted = reports.map(readReport)
  const files = wanted.flatMap(({ file }) => (file === null ? [] : [file]))
  const twice = files.find((file, i) => files.indexOf(file) !== i)
  if (twice !== undefined)
    throw new SdinspectError('usage/arguments', `two reports are to be written to ${quoted(twice)}`)
  return wanted.some(({ file }) => file === null) ? wanted : [wantedReport(format, null), ...wanted]
}

function readReport(text: string): Wanted {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  if (!Object.hasOwn(shows, name)) {
    const near = nearest(name, Object.keys(shows))
    throw new SdinspectError('usage/arguments', `--report: there is no report ${JSON.stringify(name)}`, {
      hint: near === undefined ? `reports are ${Object.keys(shows).join(', ')}` : `did you mean ${near}?`,
    })
  }
  const file = equals < 0 ? null : text.slice(equals + 1)
  if (file === '') throw new SdinspectError('usage/arguments', `--report ${text} names no file`)
  return wantedReport(name, file)
}

function wantedReport(name: string, file: string | null): Wanted {
  return { show: shows[name] as Show, file, isFolded: !whole.has(name) }
}

/**
 * Writes every report to where it goes.
 *
 * @param inputs files that none of them may replace
 * @throws SdinspectError `source/io`, `usage/arguments`
 */
export async function writeReports(
  wanted: readonly Wanted[],
  report: CheckReport,
  inputs: readonly string[],
  { options, output }: Pick<Call, 'options' | 'output'>,
): Promise<void> {
  const { withFoldedFindings } = await import('../check/fold-findings.ts')
  const folded = withFoldedFindings(report)
  await output.madeFrom?.(inputs)
  for (const { show, file, isFolded } of wanted) {
    const write = async (to: Output): Promise<void> =>
      to.write(await show(isFolded ? folded : report, options, to.look))
    if (file === null) await write(output)
    else {
      const { fileOutput } = await import('./file-output.ts')
      await fileOutput(
        file,
        inputs,
        { ...output.look, color: 0, columns: null, interactive: false },
        async (to) => {
          await write(to)
          return 0
        },
      )
    }
  }
}
