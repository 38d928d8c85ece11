import { formatsOf } from '../../render/renderers.ts'
import { defaultLockFile } from '../files/default-lock-file.ts'
import {
  alias,
  type Flag,
  oneOf,
  type RawValue,
  readWholeNumber,
  text,
  texts,
  toggle,
  untoggle,
  usage,
  wholeNumber,
} from './flag.ts'
import { limitFlag } from './limit-flag.ts'

/** Each flag once. A flag means the same in every command that has it. Options are called by its key. */
export const flags = {
  format: text({ long: '--format', short: '-f', value: 'FORMAT', help: 'how to answer' }, 'text'),
  json: alias({ long: '--json', help: 'the same as --format json' }),
  output: {
    ...text(
      {
        long: '--output',
        short: '-o',
        value: 'FILE',
        help: 'write to FILE, whole or not at all; a file that is there is replaced',
      },
      null,
    ),
    read: readOutput,
  },
  quiet: toggle({
    long: '--quiet',
    short: '-q',
    help: 'write nothing to standard output; the exit code answers',
  }),
  keep: texts({
    long: '--keep',
    completes: 'tensors',
    short: '-k',
    value: 'PATTERN',
    help: 'only tensors whose name fits: layers.*.weight, **.bias, layers.{0..3}.**',
  }),
  exclude: texts({
    long: '--exclude',
    completes: 'tensors',
    short: '-x',
    value: 'PATTERN',
    help: 'no tensors whose name fits',
  }),
  at: text(
    {
      long: '--at',
      completes: 'state-dicts',
      value: 'STATE_DICT',
      help: 'the state dict to show, where there are several',
    },
    null,
  ),
  atB: text(
    {
      long: '--at-b',
      completes: 'state-dicts',
      value: 'STATE_DICT',
      help: 'the state dict of <b>, where it is another than of <a>',
    },
    null,
  ),
  renameMap: text(
    {
      long: '--rename-map',
      value: 'FILE',
      help: 'write the proposed renames to FILE, as JSON of old to new patterns',
    },
    null,
  ),
  lockFile: text({ long: '--lock-file', value: 'FILE', help: 'the lock' }, defaultLockFile),
  lockLevel: oneOf(
    {
      long: '--level',
      value: 'LEVEL',
      choices: ['exact', 'values', 'layout', 'loadable', 'superset'],
      help: 'how strict the lock is; without it as it was, and layout for what is new',
    },
    null,
  ),
  compareOnly: toggle({
    long: '--check',
    help: 'write nothing; say what is not as it was written down, and exit with 1',
  }),
  update: toggle({ long: '--update', help: 'write the lock in CI too' }),
  policyOutput: {
    ...text(
      {
        long: '--output',
        short: '-o',
        value: 'FILE',
        help: 'write to FILE in place of sdinspect.yaml; a file that is there is replaced; - is standard output',
      },
      null,
    ),
    read: readFileName,
  },
  learnAnew: toggle({
    long: '--update',
    help: 'learn anew what was learnt into the policy that is there; what was changed by hand is kept',
  }),
  force: toggle({ long: '--force', help: 'replace a policy that is there' }),
  exitCode: toggle({ long: '--exit-code', help: 'exit with 1 when something is different' }),
  buffer: texts({
    long: '--buffer',
    completes: 'tensors',
    value: 'PATTERN',
    help: 'say that tensors whose name fits are buffers',
  }),
  parameter: texts({
    long: '--parameter',
    completes: 'tensors',
    value: 'PATTERN',
    help: 'say that tensors whose name fits are parameters, whatever --buffer says',
  }),
  frozen: texts({
    long: '--frozen',
    completes: 'tensors',
    value: 'PATTERN',
    help: 'say that parameters whose name fits are frozen',
  }),
  trainable: texts({
    long: '--trainable',
    completes: 'tensors',
    value: 'PATTERN',
    help: 'say that parameters whose name fits train, whatever --frozen says',
  }),
  manifest: text(
    {
      long: '--manifest',
      value: 'FILE',
      help: 'say of each tensor what a JSON manifest of the live model says of it (docs/json.md)',
    },
    null,
  ),
  smallValues: oneOf(
    {
      long: '--small-values',
      value: 'WHEN',
      choices: ['auto', 'always', 'never'],
      help: 'look at small values where nothing else tells parameter from buffer: of files at hand (auto, as without the flag), at a distance too, or never',
    },
    null,
  ),
  depth: wholeNumber({
    long: '--depth',
    value: 'N',
    help: 'levels of modules to show; without it tree shows all, stats one, and inspect as many as a screen or two hold',
  }),
  sort: oneOf(
    {
      long: '--sort',
      value: 'ORDER',
      choices: ['name', 'order', 'params', 'bytes'],
      help: "what comes first; without it the model's order, as far as the file tells it",
    },
    null,
  ),
  part: {
    ...text(
      {
        long: '--part',
        value: 'I/N',
        help: 'do one of N equal shares of the bytes, for sdinspect merge; the answer is JSON',
      },
      null,
    ),
    read: readPart,
  },
  workers: {
    ...wholeNumber({
      long: '--workers',
      value: 'N',
      help: 'read values in N threads; 0 and 1: in this one alone. Without it those that pay for themselves',
    }),
    read: readWorkers,
  },
  sortValues: oneOf(
    {
      long: '--sort',
      value: 'ORDER',
      choices: ['nan', 'absmax', 'std', 'sparsity', 'name', 'order'],
      help: 'list the tensors, and what comes first: most NaN and Inf, largest value, spread, or share of zeros',
    },
    null,
  ),
  memory: toggle({
    long: '--memory',
    help: 'what it takes in memory: as stored, in BF16, INT8, INT4, and to train, with the formulas',
  }),
  statistics: toggle({
    long: '--stats',
    help: 'read the values too, and show what they come to',
  }),
  originalNames: toggle({
    long: '--original-names',
    help: 'of a GGUF file: under the names of the model of transformers that it was made of, where they are known',
  }),
  all: toggle({
    long: '--all',
    help: 'show lists to their end, which are cut where they are longer than a screen or two',
  }),
  fold: untoggle({ long: '--no-fold', help: 'show repeated blocks one by one' }),
  base: text(
    {
      long: '--base',
      value: 'PATH',
      help: 'the checkpoint that training began from: what is frozen must be as there, what trains must not (reads values)',
    },
    null,
  ),
  recurse: untoggle({
    long: '--no-recurse',
    help: 'look for checkpoints in a folder as the other commands do, not in all of it',
  }),
  limits: limitFlag,
  config: text(
    {
      long: '--config',
      short: '-c',
      value: 'FILE',
      help: 'the policy, for its rules in check and its kinds everywhere; none: no policy (default: sdinspect.yaml here or above, up to the git root)',
    },
    null,
  ),
  rules: texts({
    long: '--rule',
    completes: 'rules',
    value: 'ID=LEVEL',
    help: 'the level of a rule: error, warning, info or off; it wins over the policy',
  }),
  reports: texts({
    long: '--report',
    value: 'FORMAT[=FILE]',
    help: `write a report, without FILE to standard output, also with --quiet: ${formatsOf('check').join(', ')}`,
  }),
  failOn: oneOf(
    {
      long: '--fail-on',
      value: 'LEVEL',
      choices: ['error', 'warning', 'info', 'never'],
      spellings: { warn: 'warning' },
      help: 'the least level that fails the check',
    },
    'error',
  ),
  maxWarnings: wholeNumber({
    long: '--max-warnings',
    value: 'N',
    help: 'more warnings than N fail the check',
  }),
  exitZero: toggle({ long: '--exit-zero', help: 'exit with 0 where it would be 1; 2 stays 2' }),
  baseline: text(
    {
      long: '--baseline',
      value: 'FILE',
      help: 'findings known already, as check --json wrote them: only new ones count',
    },
    null,
  ),
  showSuppressed: toggle({
    long: '--show-suppressed',
    help: 'show what the policy or the baseline suppresses',
  }),
  tensors: toggle({ long: '--tensors', help: 'the digest of each tensor, without its name' }),
  values: toggle({
    long: '--values',
    help: 'read the values too, and say what is wrong with them, or different',
  }),
  dequantised: toggle({
    long: '--dequantised',
    help: 'what packed weights come to once they are worked out, beside what is stored',
  }),
  sample: toggle({
    long: '--sample',
    help: 'read some of the values of every tensor: finds much of what is wrong in little time, and is no proof that nothing is',
  }),
  contents: toggle({
    long: '--contents',
    help: 'the digest of distinct contents, without names: for files that leave out tied tensors',
  }),
  yes: toggle({
    long: '--yes',
    short: '-y',
    help: 'read the values at a distance, however many bytes they are',
  }),
  keepHeaders: toggle({
    long: '--cache',
    help: 'keep headers of models of the Hub for the next run, in the folder of caches of the user',
  }),
  viewer: toggle({
    long: '--viewer',
    help: 'write a page without a checkpoint: it inspects files in the browser, and sends nothing anywhere',
  }),
  allowEmpty: toggle({ long: '--allow-empty', help: 'nothing to check is fine' }),
  color: {
    ...oneOf(
      {
        long: '--color',
        value: 'WHEN',
        choices: ['auto', 'always', 'never'],
        help: 'colours; NO_COLOR and FORCE_COLOR are heeded',
      },
      'auto',
    ),
    read: readColor,
  },
  noColor: alias({ long: '--no-color', help: 'the same as --color never' }),
  ascii: toggle({ long: '--ascii', help: 'nothing but ASCII in text' }),
} as const satisfies Record<string, Flag>

export type FlagName = keyof typeof flags

/** Flags that commands have together. */
export const answering = ['format', 'json', 'output', 'quiet'] as const
export const narrowing = ['keep', 'exclude', 'at'] as const
export const saying = ['buffer', 'parameter', 'frozen', 'trainable', 'manifest'] as const
export const reading = [...saying, 'smallValues', 'config', 'limits'] as const
/** Of commands that read headers and no values. */
export const caching = ['keepHeaders'] as const
/** Of commands that say whether checkpoints are what they should be. */
export const judging = [
  'lockFile',
  'rules',
  'reports',
  'failOn',
  'maxWarnings',
  'exitZero',
  'baseline',
  'showSuppressed',
] as const
export const looking = ['color', 'noColor', 'ascii'] as const

function readFileName(raw: RawValue): string | null {
  if (raw === '') throw usage('--output names no file')
  return typeof raw === 'string' ? raw : null
}

/** As of other programs `-` is standard output, which is where an answer goes that is given no file. */
function readOutput(raw: RawValue): string | null {
  const name = readFileName(raw)
  return name === '-' ? null : name
}

/** `3/16` to the third of sixteen. */
/** More take more memory than they save time. */
const mostWorkers = 64

function readWorkers(raw: RawValue): number | null {
  if (typeof raw !== 'string') return null
  const count = readWholeNumber('--workers', raw)
  if (count <= mostWorkers) return count
  throw usage(`--workers takes 0 to ${mostWorkers}, not ${raw}`)
}

function readPart(raw: RawValue): { readonly index: number; readonly of: number } | null {
  if (typeof raw !== 'string') return null
  const [, first, second] = /^(\d{1,6})\/(\d{1,6})$/.exec(raw) ?? []
  const [index, of] = [Number(first), Number(second)]
  if (index >= 1 && index <= of) return { index, of }
  throw usage(`--part takes a share such as 3/16, not ${JSON.stringify(raw)}`)
}

export type ColorMode = 'auto' | 'always' | 'never'

/** `--no-color` is, to the parser, the value false of `--color`. */
function readColor(raw: RawValue): ColorMode {
  if (raw === false) return 'never'
  return typeof raw === 'string' ? (raw as ColorMode) : 'auto'
}
