import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CheckReport } from '../check/check-report.ts'
import type { ExitCode } from './io.ts'
import { run } from './main.ts'

/** What a GitHub workflow says under `with:`. The runner puts it in `INPUT_NAME`. */
interface Inputs {
  readonly paths: readonly string[]
  readonly config: string
  readonly failOn: string
  readonly sarifFile: string
  readonly annotations: boolean
  readonly summary: boolean
  readonly args: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

function readInputs(env: Env): Inputs {
  const text = (name: string): string => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
  const lines = (name: string): string[] =>
    text(name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  return {
    paths: lines('paths'),
    config: text('config'),
    failOn: text('fail-on'),
    sarifFile: text('sarif-file'),
    annotations: text('annotations') !== 'false',
    summary: text('summary') !== 'false',
    args: lines('args'),
  }
}

/** The command line that the inputs stand for. */
function commandLine(inputs: Inputs, reportFile: string, summaryFile: string | undefined): string[] {
  const { paths, config, failOn, sarifFile, annotations, summary, args } = inputs
  const reports = [
    'text',
    ...(annotations ? ['github'] : []),
    ...(summary && summaryFile !== undefined && summaryFile !== '' ? [`md=${summaryFile}`] : []),
    ...(sarifFile === '' ? [] : [`sarif=${sarifFile}`]),
    `json=${reportFile}`,
  ]
  return [
    'check',
    ...reports.flatMap((report) => ['--report', report]),
    ...(config === '' ? [] : ['--config', config]),
    ...(failOn === '' ? [] : ['--fail-on', failOn]),
    ...args,
    '--',
    ...paths,
  ]
}

/** What later steps of the job can ask for. Numbers and names of our own: nothing of a file. */
function outputsOf(reportFile: string, sarifFile: string, code: ExitCode): Readonly<Record<string, string>> {
  const report = readReport(reportFile)
  return {
    'exit-code': String(code),
    ...(report === null
      ? {}
      : {
          status: report.status,
          errors: String(report.summary.errors),
          warnings: String(report.summary.warnings),
          suppressed: String(report.summary.suppressed),
          parameters: String(report.checkpoints.reduce((sum, { parameters }) => sum + parameters, 0)),
          report: reportFile,
        }),
    ...(sarifFile === '' || report === null ? {} : { 'sarif-file': sarifFile }),
  }
}

/** null where the check ended before there was anything to report. */
function readReport(path: string): CheckReport | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** In the form for values of several lines, whose end nobody can guess. */
function writeOutputs(file: string, outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) {
    const end = `end_${randomBytes(16).toString('hex')}`
    appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`)
  }
}

/** Runs `sdinspect check` as a step of a GitHub workflow. */
export async function runAction(proc: NodeJS.Process): Promise<void> {
  const inputs = readInputs(proc.env)
  const folder = proc.env.RUNNER_TEMP ?? tmpdir()
  const reportFile = join(folder, `sdinspect-${randomBytes(6).toString('hex')}.json`)
  const argv = commandLine(inputs, reportFile, proc.env.GITHUB_STEP_SUMMARY)
  await run(proc, { argv })
  const code = (proc.exitCode ?? 0) as ExitCode
  const { GITHUB_OUTPUT: file } = proc.env
  if (file !== undefined && file !== '') writeOutputs(file, outputsOf(reportFile, inputs.sarifFile, code))
}
