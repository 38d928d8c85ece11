import type { FindingArg } from '../../model/finding.ts'
import { dtypes, isDType } from '../../model/tensors/dtype.ts'
import { type CheckFinding, severityRank, sortedFindings } from './check-finding.ts'
import {
  amounts,
  anyOf,
  both,
  driftOf,
  either,
  excessOf,
  type Follows,
  lessOf,
  lost,
  lostUnder,
  moreOf,
  numbers,
  ofSameTensor,
  textsOf,
  under,
  where,
} from './follows.ts'

interface Cause {
  readonly rule: string
  readonly follows: Follows
  /** Of findings of the same checkpoint: whether they are this cause. */
  readonly isCause?: (count: (rule: string) => number) => boolean
}

const isOfTypeOfBlock = ({ args }: CheckFinding): boolean => args.difference === 'type'
const isOfShapeOfBlock = ({ args }: CheckFinding): boolean => args.difference === 'shape'
const lacks = ({ args }: CheckFinding): boolean => args.difference === 'gap' || args.difference === 'missing'

/** The path of a block that is unlike the others. */
const blockOf = ({ args }: CheckFinding): string =>
  args.list === '' ? String(args.number) : `${args.list}.${args.number}`

/** Whether all modules that a finding names are in blocks that lack something. */
const ofLackingBlocks: Follows = (odd) => {
  const blocks = odd.filter(lacks).map((one) => `${blockOf(one)}.`)
  return ({ rule, args }) => {
    const modules = textsOf(rule === 'config/modules' ? args.modules : args.missing)
    if (rule === 'config/model-type' && textsOf(args.unknown).length > 0) return false
    return (
      (rule === 'config/modules' || rule === 'config/model-type') &&
      modules.length > 0 &&
      modules.every((module) => blocks.some((block) => module.startsWith(block)))
    )
  }
}

/** Whether a finding about an element type says that it is the one that most weights have. */
const ofMostTyped: Follows = (causes) => {
  const types = new Set(causes.map(({ args }) => args.most))
  return ({ rule, args }) =>
    (rule === 'tensors/dtype' && types.has(args.dtype)) ||
    (rule === 'lock/drift' && args.what === 'dtype' && types.has(args.is))
}

/** Whether a shape begins with the rows of an embedding that is another. */
const ofSameRows: Follows = (causes) => {
  const rows = new Set(causes.map((one) => String(one.args.rows)))
  const begins = (shape: FindingArg | undefined): boolean =>
    typeof shape === 'string' && rows.has(shape.split(', ')[0] as string)
  return ({ rule, args }) =>
    (rule === 'tensors/shape' && begins(args.shape)) ||
    (rule === 'lock/drift' && args.what === 'shape' && begins(args.is))
}

const unexpected: Follows = either(anyOf('tensors/unexpected'), driftOf('new'))

/** What quantising changes: types of weights, what is kept beside them, and that none of it trains. */
const ofQuantised: Follows = either(
  () =>
    ({ rule, args }) =>
      (rule === 'tensors/dtype' && isPacked(args.dtype)) ||
      (rule === 'lock/drift' && args.what === 'dtype' && isPacked(args.is)),
  driftOf('frozen', 'representation'),
  both(
    unexpected,
    () =>
      ({ tensor }) =>
        /(?:scales?|scale_inv|zero_points?|zeros|absmax|g_idx)$/.test(tensor ?? ''),
  ),
  anyOf('size/file', 'size/total'),
  moreOf('counts/parameters', 'counts/buffers', 'counts/tensors'),
)

function isPacked(dtype: FindingArg | undefined): boolean {
  return (
    typeof dtype === 'string' && isDType(dtype) && (dtypes[dtype].bits < 16 || !dtypes[dtype].requiresGrad)
  )
}

/** What a policy and a lock say of names and shapes: all of it, where the tensors are of another model. */
const ofPolicy: Follows = either(
  anyOf(
    ...numbers,
    'tensors/required',
    'tensors/unexpected',
    'tensors/shape',
    'tensors/dtype',
    'tensors/kind',
    'tensors/trainable',
  ),
  driftOf('missing', 'new', 'renamed', 'shape', 'dtype', 'kind', 'tied', 'frozen', 'representation'),
)

const shapes: Follows = either(anyOf('tensors/shape'), driftOf('shape'))

/** The first that something follows from is told before it. */
const causes: readonly Cause[] = [
  ...[
    'index/missing-shard',
    'shards/broken',
    'shards/incomplete',
    'shards/one-of-several',
    'index/missing-tensor',
  ].map((rule) => ({
    rule,
    follows: either(lost, anyOf('blocks/consistent', 'config/tied'), lessOf('index/total-parameters')),
  })),
  { rule: 'shards/duplicate-tensor', follows: moreOf(...numbers, 'index/total-size') },
  // A file of another thing than weights.
  { rule: 'security/pickle-globals', follows: anyOf('torch/no-tensors') },
  {
    rule: 'contents/no-tensors',
    follows: either(
      lost,
      anyOf('index/parameters', 'index/total-parameters', 'index/total-size', 'lora/empty'),
    ),
  },
  {
    rule: 'blocks/consistent',
    follows: either(
      where(
        lacks,
        lostUnder((one) => [blockOf(one)]),
      ),
      ofLackingBlocks,
      both(
        under((one) => [blockOf(one)]),
        either(
          where(isOfTypeOfBlock, either(anyOf('tensors/dtype'), driftOf('dtype'))),
          where(isOfShapeOfBlock, either(shapes, anyOf('config/shapes'))),
        ),
      ),
      where(isOfTypeOfBlock, anyOf('size/file', 'size/total')),
      where(isOfShapeOfBlock, anyOf(...amounts)),
    ),
  },
  {
    rule: 'contents/prefix',
    follows: either(
      anyOf('tensors/required', 'config/modules'),
      lessOf('tensors/count'),
      driftOf('renamed'),
      where(
        ({ args }) => args.what !== 'inside',
        either(anyOf('tensors/unexpected'), driftOf('missing', 'new')),
      ),
      both(
        under(({ args }) => textsOf(args.names)),
        anyOf('tensors/unexpected'),
      ),
    ),
  },
  {
    rule: 'config/model-type',
    follows: either(
      ofPolicy,
      anyOf('config/modules', 'config/shapes', 'config/tied', 'config/vocabulary', 'config/width'),
    ),
  },
  {
    rule: 'config/width',
    follows: either(shapes, anyOf('config/shapes', 'config/vocabulary', ...amounts)),
  },
  { rule: 'config/vocabulary', follows: either(ofSameRows, anyOf(...amounts)) },
  {
    rule: 'config/layers',
    follows: either(
      where(
        (one) => excessOf(one) < 0,
        lostUnder(({ args }) => [String(args.list)]),
      ),
      where((one) => excessOf(one) > 0, moreOf(...numbers)),
      both(
        where(
          (one) => excessOf(one) > 0,
          under(({ args }) => [String(args.list)]),
        ),
        unexpected,
      ),
    ),
  },
  {
    rule: 'config/modules',
    follows: lostUnder(({ args }) => textsOf(args.modules)),
  },
  {
    rule: 'config/tied',
    follows: either(
      both(ofSameTensor, either(anyOf('tensors/required'), driftOf('missing'))),
      where(({ args }) => args.what === 'no-output-layer', lessOf(...numbers)),
    ),
  },
  { rule: 'quant/config', follows: where(({ args }) => args.what === 'not-said', ofQuantised) },
  {
    rule: 'contents/adapter-left',
    follows: either(
      both(
        under(({ args }) => textsOf(args.modules).map((name) => name.replace(/\.weight$/, ''))),
        unexpected,
      ),
      moreOf(...amounts, 'counts/tensors'),
    ),
  },
  {
    rule: 'contents/training-state',
    follows: either(
      // A state dict beside the model is in none of the model's numbers.
      where(({ args }) => args.what === 'state-dict', moreOf('size/file', 'size/total')),
      where(({ args }) => args.what === 'tensors', moreOf(...amounts, 'counts/tensors')),
      both(
        under(({ args }) => textsOf(args.tensors)),
        unexpected,
      ),
    ),
  },
  {
    rule: 'config/dtype',
    follows: either(ofMostTyped, anyOf('size/file', 'size/total')),
  },
  // As many names too many as are missing: they were renamed.
  {
    rule: 'tensors/required',
    follows: either(anyOf('tensors/unexpected'), lessOf('tensors/count'), driftOf('renamed')),
    isCause: (count) => count('tensors/required') === count('tensors/unexpected'),
  },
  // What a policy says of single tensors is said before its numbers of all.
  { rule: 'tensors/required', follows: either(lost, lessOf('index/total-size')) },
  {
    rule: 'tensors/unexpected',
    follows: either(driftOf('new'), (told) => (finding) => {
      const count = sumOf(told)
      // They fit no pattern that is counted: what is one too many there is another tensor, and as many too few are these.
      if (finding.rule === 'tensors/count') return excessOf(finding) === -count
      if (finding.rule === 'counts/tensors') return excessOf(finding) === count
      return amounts.includes(finding.rule) && excessOf(finding) >= 0
    }),
  },
  {
    rule: 'tensors/count',
    follows: either(
      where((one) => excessOf(one) < 0, lost),
      where((one) => excessOf(one) > 0, either(moreOf(...numbers), driftOf('new'))),
    ),
  },
  {
    rule: 'tensors/dtype',
    follows: either(anyOf('size/file', 'size/total'), both(ofSameTensor, driftOf('dtype'))),
  },
  {
    rule: 'tensors/shape',
    follows: either(anyOf(...amounts), both(ofSameTensor, either(anyOf('config/shapes'), driftOf('shape')))),
  },
  { rule: 'tensors/kind', follows: both(ofSameTensor, driftOf('kind')) },
  { rule: 'tensors/trainable', follows: both(ofSameTensor, driftOf('frozen')) },
  { rule: 'lock/drift', follows: both(ofSameTensor, anyOf('config/shapes')) },
]

/** The tensors that findings are about; NaN where there are more than they tell. */
function sumOf(findings: readonly CheckFinding[]): number {
  return findings.reduce(
    (sum, { args }) => sum + (typeof args.count === 'number' ? args.count : Number.NaN),
    0,
  )
}

/** A finding, and what is told after it of those that follow. */
export interface Told {
  readonly finding: CheckFinding
  readonly after: string
}

/** Findings of each checkpoint with causes first, which tell how many that follow are left out after them. */
export function withCausesFirst(findings: readonly CheckFinding[]): readonly Told[] {
  const byPath = new Map<string, CheckFinding[]>()
  for (const finding of findings) {
    const list = byPath.get(finding.path)
    if (list === undefined) byPath.set(finding.path, [finding])
    else list.push(finding)
  }
  return [...byPath.values()].flatMap(caused)
}

function caused(findings: readonly CheckFinding[]): readonly Told[] {
  const counts = new Map<string, number>()
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  const told = new Map<CheckFinding, CheckFinding[]>()
  const left = new Set<CheckFinding>()
  for (const { rule, follows, isCause } of causes) {
    const own = findings.filter((one) => one.rule === rule && one.suppressed === null && !left.has(one))
    const [cause] = own
    if (cause === undefined || isCause?.((of) => counts.get(of) ?? 0) === false) continue
    const isFollowing = follows(own)
    const following = findings.filter(
      (one) =>
        one.rule !== rule && one.suppressed === null && !left.has(one) && !told.has(one) && isFollowing(one),
    )
    if (following.length === 0) continue
    told.set(cause, [...(told.get(cause) ?? []), ...following])
    for (const one of following) left.add(one)
  }
  const first = [...told].map(([cause, following]) => withFollowing(cause, following))
  const rest = findings.flatMap((finding) =>
    told.has(finding) || left.has(finding) ? [] : [{ finding, after: '' }],
  )
  return [...first, ...rest].sort((a, b) => severityRank(a.finding.level) - severityRank(b.finding.level))
}

function withFollowing(cause: CheckFinding, following: readonly CheckFinding[]): Told {
  // What fails the check is not told as less for the sake of its cause.
  const { level } = sortedFindings([cause, ...following])[0] ?? cause
  const rules = [...new Set(following.map(({ rule }) => rule))].join(', ')
  const findings = following.length === 1 ? 'finding that follows' : 'findings that follow'
  return { finding: { ...cause, level }, after: `; and ${following.length} ${findings} (${rules})` }
}
