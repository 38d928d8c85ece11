import { foldedNames } from '../../model/names/folded-names.ts'
import type { CheckFinding } from './check-finding.ts'

/** Numbers of elements and bytes. */
const amounts = [
  'counts/buffers',
  'counts/logical',
  'counts/parameters',
  'counts/trainable',
  'size/file',
  'size/total',
]
/** Numbers of tensors, and of the blocks they make. */
const tensorCounts = ['counts/tensors', 'tensors/count', 'config/layers', 'config/experts']
const numbers = [...amounts, ...tensorCounts]

/** Whether a finding would not be there without these of another rule, as far as findings tell. */
type Follows = (finding: CheckFinding, causes: readonly CheckFinding[]) => boolean

interface Cause {
  readonly rule: string
  readonly follows: Follows
  /** Of findings of the same checkpoint: whether they are this cause. */
  readonly isCause?: (count: (rule: string) => number) => boolean
}

/** The findings of these rules, whatever they say. */
function anyOf(...rules: readonly string[]): Follows {
  return ({ rule }) => rules.includes(rule)
}

/** Those of these rules that say that there is less than there should be: what is missing makes nothing more. */
function lessOf(...rules: readonly string[]): Follows {
  return (finding) => rules.includes(finding.rule) && excessOf(finding) <= 0
}

function moreOf(...rules: readonly string[]): Follows {
  return (finding) => rules.includes(finding.rule) && excessOf(finding) >= 0
}

function either(...ways: readonly Follows[]): Follows {
  return (finding, causes) => ways.some((follows) => follows(finding, causes))
}

/** What is missing: a shard, tensors, a block. */
const lost = lessOf(...numbers)

/** The first that something follows from is told before it. */
const causes: readonly Cause[] = [
  ...['index/missing-shard', 'shards/broken', 'shards/incomplete', 'index/missing-tensor'].map((rule) => ({
    rule,
    follows: either(lost, anyOf('tensors/required', 'blocks/consistent', 'config/tied')),
  })),
  { rule: 'shards/duplicate-tensor', follows: moreOf(...numbers, 'index/total-size') },
  // A file of another thing than weights.
  { rule: 'security/pickle-globals', follows: anyOf('torch/no-tensors') },
  {
    rule: 'contents/no-tensors',
    follows: either(
      lost,
      anyOf(
        'index/parameters',
        'index/total-parameters',
        'index/total-size',
        'lora/empty',
        'tensors/required',
      ),
    ),
  },
  {
    rule: 'config/model-type',
    follows: anyOf(
      'config/modules',
      'config/layers',
      'config/experts',
      'config/shapes',
      'config/tied',
      'config/vocabulary',
      'config/width',
    ),
  },
  { rule: 'config/width', follows: anyOf('config/shapes') },
  {
    rule: 'blocks/consistent',
    follows: (finding, odd) =>
      (finding.rule === 'config/modules' && isOfBlocks(finding, odd)) ||
      odd.some(({ args }) =>
        args.difference === 'gap' || args.difference === 'missing'
          ? lost(finding, odd)
          : (args.difference === 'type' ? ['size/file', 'size/total'] : amounts).includes(finding.rule),
      ),
  },
  {
    rule: 'contents/prefix',
    follows: either(
      anyOf('tensors/required'),
      lessOf('tensors/count'),
      (finding, prefixes) =>
        finding.rule === 'tensors/unexpected' &&
        prefixes.some(({ args }) => args.what !== 'inside' || isNamedIn(args.names, finding)),
    ),
  },
  {
    rule: 'contents/training-state',
    follows: (finding, states) =>
      states.some(({ args }) =>
        // A state dict beside the model is in none of the model's numbers.
        args.what === 'state-dict'
          ? moreOf('size/file', 'size/total')(finding, states)
          : either(
              moreOf(...amounts, 'counts/tensors'),
              () => finding.rule === 'tensors/unexpected' && isNamedIn(args.tensors, finding),
            )(finding, states),
      ),
  },
  // As many names too many as are missing: they were renamed.
  {
    rule: 'tensors/required',
    follows: either(anyOf('tensors/unexpected'), lessOf('tensors/count')),
    isCause: (count) => count('tensors/required') === count('tensors/unexpected'),
  },
  // What a policy says of single tensors is said before its numbers of all.
  { rule: 'tensors/required', follows: either(lost, lessOf('index/total-size')) },
  {
    rule: 'tensors/unexpected',
    follows: (finding, unexpected) => {
      const count = sumOf(unexpected)
      // They fit no pattern that is counted: what is one too many there is another tensor, and as many too few are these.
      if (finding.rule === 'tensors/count') return excessOf(finding) === -count
      if (finding.rule === 'counts/tensors') return excessOf(finding) === count
      return moreOf(...amounts)(finding, unexpected)
    },
  },
  {
    rule: 'tensors/count',
    follows: (finding, counts) => {
      const has = (sign: number) => counts.some((one) => Math.sign(excessOf(one)) === sign)
      return either(
        (one) => has(-1) && lost(one, counts),
        (one) => has(1) && moreOf(...numbers)(one, counts),
      )(finding, counts)
    },
  },
  { rule: 'tensors/dtype', follows: anyOf('size/file', 'size/total') },
  { rule: 'tensors/shape', follows: either(anyOf(...amounts), ofSameTensor('config/shapes')) },
  { rule: 'lock/drift', follows: ofSameTensor('config/shapes') },
]

/** Those of a rule that begin at a tensor of which the cause speaks. */
function ofSameTensor(rule: string): Follows {
  return (finding, causes) => finding.rule === rule && causes.some(({ tensor }) => tensor === finding.tensor)
}

/** Whether all modules that a finding names are in blocks that lack something. */
function isOfBlocks({ args }: CheckFinding, odd: readonly CheckFinding[]): boolean {
  const blocks = odd.map((one) => `${one.args.list}.${one.args.number}.`)
  const { modules } = args
  return (
    Array.isArray(modules) &&
    modules.every((module) => typeof module === 'string' && blocks.some((block) => module.startsWith(block)))
  )
}

/**
 * How much more there is than a finding says there should be, below zero for less; 0 for a finding that does not say, which
 * fits both.
 */
function excessOf({ args }: CheckFinding): number {
  const there = [args.count, args.bytes, args.there, args.held].find((one) => typeof one === 'number')
  const least = args.min ?? args.said
  const most = 'max' in args ? args.max : args.said
  if (there === undefined) return 0
  if (least !== undefined && least !== null && there < Number(least)) return there - Number(least)
  return most !== undefined && most !== null && there > Number(most) ? there - Number(most) : 0
}

/** The tensors that findings are about; NaN where there are more than they tell. */
function sumOf(findings: readonly CheckFinding[]): number {
  return findings.reduce(
    (sum, { args }) => sum + (typeof args.count === 'number' ? args.count : Number.NaN),
    0,
  )
}

/** Whether a finding is about one of these tensors; its own name may be of several, folded. */
function isNamedIn(names: unknown, { tensor }: CheckFinding): boolean {
  if (!Array.isArray(names) || tensor === null) return false
  return names.includes(tensor) || foldedNames(names).some(({ name }) => name === tensor)
}

/** Findings of each checkpoint with its cause first, which tells how many that follow are left out after it. */
export function withCausesFirst(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  const byPath = new Map<string, CheckFinding[]>()
  for (const finding of findings) {
    const list = byPath.get(finding.path)
    if (list === undefined) byPath.set(finding.path, [finding])
    else list.push(finding)
  }
  return [...byPath.values()].flatMap(caused)
}

function caused(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  const count = (rule: string): number => findings.filter((finding) => finding.rule === rule).length
  for (const { rule, follows, isCause } of causes) {
    const told = findings.filter((finding) => finding.rule === rule && finding.suppressed === null)
    const [cause] = told
    if (cause === undefined || isCause?.(count) === false) continue
    const following = findings.filter(
      (finding) => finding.rule !== rule && finding.suppressed === null && follows(finding, told),
    )
    // What fails the check is not left out for the sake of what does not.
    const isHarmless = cause.level !== 'error' && following.some(({ level }) => level === 'error')
    if (following.length === 0 || isHarmless) continue
    const rest = findings.filter((finding) => finding !== cause && !following.includes(finding))
    const rules = [...new Set(following.map((finding) => finding.rule))].join(', ')
    const more = `and ${following.length} ${following.length === 1 ? 'finding that follows' : 'findings that follow'} (${rules})`
    return [{ ...cause, message: `${cause.message}; ${more}` }, ...rest]
  }
  return findings
}
