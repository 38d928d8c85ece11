/**
 * `sdinspect check` as functions: what the command line holds checkpoints to, and what it reports. Node only.
 *
 * @packageDocumentation
 */
import type { CheckReport } from './check/check-report.ts'
import type { PolicyDocument } from './check/policy/policy.ts'
import { quoted, SdinspectError } from './errors.ts'
import type { RuleLevel } from './findings/entry.ts'
import type { Limits } from './limits.ts'
import type { FindingLevel } from './model/finding.ts'

export type { CheckedSummary, CheckReport, Coverage, LeftAlone } from './check/check-report.ts'
export type { CheckFinding } from './check/findings/check-finding.ts'
export type { Policy, PolicyDocument } from './check/policy/policy.ts'
export type { RuleLevel } from './findings/entry.ts'

export interface CheckPathsOptions {
  /** Path of the policy. Default: none; the command line looks for the nearest. */
  readonly policy?: string | undefined
  /** Path of the lock. Default: that of the policy, else `sdinspect.lock` of the current folder where it is there. */
  readonly lock?: string | undefined
  /** Path of a JSON report of an earlier check, whose findings are known. */
  readonly baseline?: string | undefined
  /** Levels that differ from those of the policy and the rules: `{ 'contents/prefix': 'off' }`. */
  readonly rules?: Readonly<Record<string, RuleLevel>>
  /** The least level that fails. Default: `error`. */
  readonly failOn?: FindingLevel | 'never'
  /** More warnings than this fail too. */
  readonly maxWarnings?: number | undefined
  /** Patterns over dotted names of tensors that are known to be buffers. */
  readonly buffer?: readonly string[]
  /** The same of parameters, whatever `buffer` says. */
  readonly parameter?: readonly string[]
  /** Patterns over dotted names of parameters that are known to be frozen. */
  readonly frozen?: readonly string[]
  /** The same of those that train, whatever `frozen` says. */
  readonly trainable?: readonly string[]
  /** Path of a manifest of the live model: a JSON manifest, a report, a file that declares kinds. */
  readonly manifest?: string | undefined
  /** Whether all of a folder is looked through. Default: true. */
  readonly recurse?: boolean
  /** Whether the values are read, and the rules about them asked. Default: as the policy says. */
  readonly values?: boolean
  /** Whether a sample of the values is read in place of all: it finds much of what is wrong, and proves nothing. */
  readonly sample?: boolean
  /** Threads that values are read by; 0 and 1: this one alone. Default: as many as there is work for. */
  readonly workers?: number
  /** Path of the checkpoint that training began from. Values are read. */
  readonly base?: string | undefined
  /** Whether small values are looked at where nothing else tells parameter from buffer. Default: as the policy says, or `auto`. */
  readonly smallValues?: 'auto' | 'always' | 'never' | undefined
  readonly limits?: Partial<Limits>
  /** Ends the check: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** The day on which suppressions are judged, as `2027-06-30`. Default: today. */
  readonly today?: string | undefined
}

const optionNames: Readonly<Record<keyof CheckPathsOptions, true>> = {
  policy: true,
  lock: true,
  baseline: true,
  rules: true,
  failOn: true,
  maxWarnings: true,
  buffer: true,
  parameter: true,
  frozen: true,
  trainable: true,
  manifest: true,
  recurse: true,
  values: true,
  sample: true,
  workers: true,
  base: true,
  smallValues: true,
  limits: true,
  signal: true,
  today: true,
}

/** Formats of a report as text. */
export const reportFormats = [
  'text',
  'json',
  'md',
  'sarif',
  'junit',
  'github',
  'gitlab',
  'tap',
  'metrics',
] as const
export type ReportFormat = (typeof reportFormats)[number]

/**
 * Holds checkpoints to the rules, a policy and a lock. What is wrong with one of them is in the report, and its `status`
 * is what the exit code is made of.
 *
 * @param paths files, folders, indexes, patterns; none for those of the policy
 * @throws SdinspectError `usage/*` for a policy, a lock, a baseline or options that make no sense; the signal's reason
 */
export async function check(paths: readonly string[], options: CheckPathsOptions = {}): Promise<CheckReport> {
  const { signal } = options
  signal?.throwIfAborted()
  // Without types a slip of the pen would leave the policy out.
  for (const name of Object.keys(options))
    if (!Object.hasOwn(optionNames, name))
      throw new SdinspectError('usage/arguments', `check has no option ${quoted(name)}`, {
        hint: `it has ${Object.keys(optionNames).join(', ')}`,
      })
  const [{ runCheck }, { library }, { Talk }] = await Promise.all([
    import('./cli/check/run.ts'),
    import('./cli/library.ts'),
    import('./cli/output/talk.ts'),
  ])
  const silent = new Talk({ isTTY: false, columns: undefined, async write() {} })
  const { report } = await runCheck(
    {
      operands: paths,
      options: {
        allowEmpty: false,
        keepHeaders: false,
        baseline: options.baseline ?? null,
        config: options.policy ?? 'none',
        failOn: options.failOn ?? 'error',
        buffer: options.buffer ?? [],
        parameter: options.parameter ?? [],
        frozen: options.frozen ?? [],
        trainable: options.trainable ?? [],
        manifest: options.manifest ?? null,
        limits: options.limits ?? {},
        lockFile: options.lock ?? (await import('./cli/files/default-lock-file.ts')).defaultLockFile,
        maxWarnings: options.maxWarnings ?? null,
        recurse: options.recurse ?? true,
        values: options.values ?? false,
        sample: options.sample ?? false,
        base: options.base ?? null,
        workers: options.workers ?? null,
        // Who calls has asked for the values.
        yes: true,
        rules: Object.entries(options.rules ?? {}).map(([id, level]) => `${id}=${level}`),
      },
      talk: silent,
      ...(signal && { signal }),
      library: {
        openPaths: (each, more) => {
          const { smallValues = more.smallValues } = options
          return library.openPaths(each, { ...more, smallValues, ...(signal && { signal }) })
        },
        readAgain: library.readAgain,
        digestPaths: (each, more) => library.digestPaths(each, { ...more, ...(signal && { signal }) }),
      },
    },
    options.today ?? new Date().toISOString().slice(0, 10),
  )
  return report
}

/**
 * A report in one of the formats that `check --report` writes.
 *
 * @throws SdinspectError `usage/arguments` for a format that there is not
 */
export async function reportText(report: CheckReport, format: ReportFormat): Promise<string> {
  const { viewsOf } = await import('./render/renderers.ts')
  const view = await viewsOf('check')[format]?.({
    look: { color: 0, columns: null, ascii: false, interactive: false },
    options: { depth: null, fold: true, at: null, showSuppressed: false, tensors: false, contents: false },
  })
  if (view === undefined)
    throw new SdinspectError('usage/arguments', `there is no report ${JSON.stringify(format)}`, {
      hint: `reports are ${reportFormats.join(', ')}`,
    })
  if (view.as === 'text') return [...view.text(report, false)].join('')
  const { json } = await import('./render/json-text.ts')
  return view.as === 'document'
    ? [...json(view.document(report))].join('')
    : [...view.records(report)].map((record) => `${JSON.stringify(record)}\n`).join('')
}

/**
 * Reads the text of a policy, YAML or JSON.
 *
 * @param file how errors name it
 * @throws SdinspectError `usage/policy` with line and column
 */
export async function parsePolicy(text: string, file = 'sdinspect.yaml'): Promise<PolicyDocument> {
  const { parsePolicy: parse } = await import('./cli/files/policy-document.ts')
  return parse(text, file)
}
