import { SdinspectError } from '../errors.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { nearest } from '../model/edit-distance.ts'
import type { ColorMode, FailLevel, lockLevels, OutputFormat, SortOrder } from './flags.ts'

/** What the flags said, checked. */
export interface Options {
  readonly format: OutputFormat
  /** null: standard output. */
  readonly output: string | null
  readonly quiet: boolean
  readonly color: ColorMode
  readonly ascii: boolean
  /** null: what fits. */
  readonly depth: number | null
  /** null: the order the command finds best. */
  readonly sort: SortOrder | null
  readonly keep: readonly string[]
  readonly exclude: readonly string[]
  /** Path of the state dict asked for; null: the main one. */
  readonly at: string | null
  /** Path of the state dict of the second checkpoint; null: that of `at`. */
  readonly atB: string | null
  /** File for the proposed renames; null for none. */
  readonly renameMap: string | null
  /** Whether a difference is an exit code of 1. */
  readonly exitCode: boolean
  readonly lockFile: string
  /** null: that of the lock, or the default. */
  readonly lockLevel: (typeof lockLevels)[number] | null
  /** Whether a lock is compared with and never written. */
  readonly compareOnly: boolean
  /** Whether a lock is written where it otherwise is not. */
  readonly update: boolean
  readonly frozen: readonly string[]
  readonly fold: boolean
  readonly limits: Partial<Limits>
  /** Path of the policy; null: the nearest one. */
  readonly config: string | null
  /** `ID=LEVEL`, in order. */
  readonly rules: readonly string[]
  /** `FORMAT[=FILE]`, in order. */
  readonly reports: readonly string[]
  readonly failOn: FailLevel
  readonly maxWarnings: number | null
  readonly exitZero: boolean
  readonly baseline: string | null
  readonly showSuppressed: boolean
  readonly allowEmpty: boolean
  readonly force: boolean
}

/** What the parser hands over: values by the camel-cased name of the flag. */
export interface RawOptions {
  readonly format?: string
  readonly json?: boolean
  readonly output?: string
  readonly quiet?: boolean
  readonly color?: string | false
  readonly ascii?: boolean
  readonly depth?: string
  readonly sort?: string
  readonly keep?: readonly string[]
  readonly exclude?: readonly string[]
  readonly at?: string
  readonly atB?: string
  readonly renameMap?: string
  readonly exitCode?: boolean
  readonly lockFile?: string
  readonly level?: string
  readonly check?: boolean
  readonly update?: boolean
  readonly frozen?: readonly string[]
  readonly fold?: boolean
  readonly limit?: readonly string[]
  readonly config?: string
  readonly rule?: readonly string[]
  readonly report?: readonly string[]
  readonly failOn?: string
  readonly maxWarnings?: string
  readonly exitZero?: boolean
  readonly baseline?: string
  readonly showSuppressed?: boolean
  readonly allowEmpty?: boolean
  readonly force?: boolean
}

/** @throws SdinspectError `usage/arguments` when values make no sense */
export function readOptions(raw: RawOptions): Options {
  if (raw.json === true && raw.format !== undefined && raw.format !== 'json')
    throw usage(`--json and --format ${raw.format} were given, and only one of them can be done`)
  return {
    format: raw.json === true ? 'json' : ((raw.format ?? 'text') as OutputFormat),
    output: raw.output === undefined ? null : checkedOutput(raw.output),
    quiet: raw.quiet === true,
    color: raw.color === false ? 'never' : ((raw.color ?? 'auto') as ColorMode),
    ascii: raw.ascii === true,
    depth: raw.depth === undefined ? null : wholeNumber('--depth', raw.depth),
    sort: (raw.sort ?? null) as SortOrder | null,
    keep: raw.keep ?? [],
    exclude: raw.exclude ?? [],
    at: raw.at ?? null,
    atB: raw.atB ?? null,
    renameMap: raw.renameMap ?? null,
    exitCode: raw.exitCode === true,
    lockFile: raw.lockFile ?? 'sdinspect.lock',
    lockLevel: (raw.level ?? null) as Options['lockLevel'],
    compareOnly: raw.check === true,
    update: raw.update === true,
    frozen: raw.frozen ?? [],
    fold: raw.fold !== false,
    limits: readLimits(raw.limit ?? []),
    config: raw.config ?? null,
    rules: raw.rule ?? [],
    reports: raw.report ?? [],
    failOn: (raw.failOn ?? 'error') as FailLevel,
    maxWarnings: raw.maxWarnings === undefined ? null : wholeNumber('--max-warnings', raw.maxWarnings),
    exitZero: raw.exitZero === true,
    baseline: raw.baseline ?? null,
    showSuppressed: raw.showSuppressed === true,
    allowEmpty: raw.allowEmpty === true,
    force: raw.force === true,
  }
}

/** The flags that shape a module tree, as its renderers take them. */
export function treeOptions({ depth, fold, at }: Options): { depth?: number; noFold: boolean; at?: string } {
  return { ...(depth === null ? {} : { depth }), noFold: !fold, ...(at === null ? {} : { at }) }
}

function readLimits(texts: readonly string[]): Partial<Limits> {
  const limits: Partial<Record<keyof Limits, number>> = {}
  for (const text of texts) {
    const equals = text.indexOf('=')
    if (equals < 0) throw usage(`--limit ${text} has no value`, 'write it as --limit NAME=VALUE')
    const name = text.slice(0, equals)
    if (!Object.hasOwn(defaultLimits, name)) {
      const near = nearest(name, Object.keys(defaultLimits))
      throw usage(
        `there is no limit called ${name}`,
        near === undefined
          ? `the limits are ${Object.keys(defaultLimits).join(', ')}`
          : `did you mean ${near}?`,
      )
    }
    limits[name as keyof Limits] = wholeNumber(`--limit ${name}`, text.slice(equals + 1))
  }
  return limits
}

function wholeNumber(what: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw usage(`${what} takes a whole number, not ${JSON.stringify(text)}`)
}

function checkedOutput(path: string): string {
  if (path === '') throw usage('--output names no file')
  return path
}

function usage(message: string, hint?: string): SdinspectError {
  return new SdinspectError('usage/arguments', message, { hint })
}
