/** A flag as help, completion and the parser know it. */
export interface Flag {
  readonly long: string
  readonly short?: string
  /** How help names its value; absent for a switch. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** May be given more than once. */
  readonly repeatable?: true
  readonly help: string
}

export const formats = ['text', 'json', 'ndjson', 'md', 'csv'] as const
export type OutputFormat = (typeof formats)[number]

export const sortOrders = ['name', 'order', 'params', 'bytes'] as const
export type SortOrder = (typeof sortOrders)[number]

export const colorModes = ['auto', 'always', 'never'] as const
export type ColorMode = (typeof colorModes)[number]

export const failLevels = ['error', 'warning', 'info', 'never'] as const
export type FailLevel = (typeof failLevels)[number]

export const lockLevels = ['exact', 'layout', 'loadable', 'superset'] as const

/** Each flag once. A flag means the same in every command that has it. */
export const flags = {
  format: {
    long: '--format',
    short: '-f',
    value: 'FORMAT',
    choices: formats,
    help: 'how to answer',
  },
  json: { long: '--json', help: 'the same as --format json' },
  output: {
    long: '--output',
    short: '-o',
    value: 'FILE',
    help: 'write to FILE, whole or not at all; a file that is there is replaced',
  },
  quiet: { long: '--quiet', short: '-q', help: 'write nothing to standard output; the exit code answers' },
  keep: {
    long: '--keep',
    short: '-k',
    value: 'PATTERN',
    repeatable: true,
    help: 'only tensors whose name fits: layers.*.weight, **.bias, layers.{0..3}.**',
  },
  exclude: {
    long: '--exclude',
    short: '-x',
    value: 'PATTERN',
    repeatable: true,
    help: 'no tensors whose name fits',
  },
  at: { long: '--at', value: 'STATE_DICT', help: 'the state dict to show, where there are several' },
  atB: {
    long: '--at-b',
    value: 'STATE_DICT',
    help: 'the state dict of <b>, where it is another than of <a>',
  },
  renameMap: {
    long: '--rename-map',
    value: 'FILE',
    help: 'write the proposed renames to FILE, as JSON of old to new patterns',
  },
  lockFile: { long: '--lock-file', value: 'FILE', help: 'the lock; sdinspect.lock without it' },
  lockLevel: {
    long: '--level',
    value: 'LEVEL',
    choices: lockLevels,
    help: 'how strict the lock is',
  },
  compareOnly: { long: '--check', help: 'write nothing; say what is not as locked, and exit with 1' },
  update: { long: '--update', help: 'write the lock in CI too' },
  force: { long: '--force', help: 'replace a policy that is there' },
  exitCode: { long: '--exit-code', help: 'exit with 1 when something is different' },
  frozen: {
    long: '--frozen',
    value: 'PATTERN',
    repeatable: true,
    help: 'say that parameters whose name fits are frozen',
  },
  depth: { long: '--depth', value: 'N', help: 'levels of modules to show' },
  sort: { long: '--sort', value: 'ORDER', choices: sortOrders, help: 'what comes first' },
  fold: { long: '--no-fold', help: 'show repeated blocks one by one' },
  limit: {
    long: '--limit',
    value: 'NAME=VALUE',
    repeatable: true,
    help: 'change a safety limit, named in the error of whoever met it',
  },
  config: {
    long: '--config',
    short: '-c',
    value: 'FILE',
    help: 'the policy; none: no policy (default: sdinspect.yaml here or above, up to the git root)',
  },
  rule: {
    long: '--rule',
    value: 'ID=LEVEL',
    repeatable: true,
    help: 'the level of a rule: error, warning, info or off; it wins over the policy',
  },
  report: {
    long: '--report',
    value: 'FORMAT[=FILE]',
    repeatable: true,
    help: 'write a report: text, json, sarif, junit, github, gitlab, md, tap, metrics',
  },
  failOn: {
    long: '--fail-on',
    value: 'LEVEL',
    choices: failLevels,
    help: 'the least level that fails the check',
  },
  maxWarnings: { long: '--max-warnings', value: 'N', help: 'more warnings than N fail the check' },
  exitZero: { long: '--exit-zero', help: 'exit with 0 where it would be 1; no verdict is still 2' },
  baseline: {
    long: '--baseline',
    value: 'FILE',
    help: 'findings known already, as check --json wrote them: only new ones count',
  },
  showSuppressed: { long: '--show-suppressed', help: 'show what the policy or the baseline suppresses' },
  allowEmpty: { long: '--allow-empty', help: 'nothing to check is fine' },
  color: {
    long: '--color',
    value: 'WHEN',
    choices: colorModes,
    help: 'colours (NO_COLOR and FORCE_COLOR too)',
  },
  noColor: { long: '--no-color', help: 'the same as --color never' },
  ascii: { long: '--ascii', help: 'nothing but ASCII in text' },
} as const satisfies Record<string, Flag>

export type FlagName = keyof typeof flags
