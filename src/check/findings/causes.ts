import type { CheckFinding } from './check-finding.ts'

/** What is bound to be found where tensors are missing: numbers of a policy, and what counts blocks. */
const numbers = [
  'counts/buffers',
  'counts/logical',
  'counts/parameters',
  'counts/tensors',
  'counts/trainable',
  'size/file',
  'size/total',
  'tensors/count',
  'config/layers',
  'config/experts',
]

/** A rule, and those whose findings about the same checkpoint follow from its own. The first that applies is the cause. */
const causes: readonly (readonly [
  rule: string,
  follows: ReadonlySet<string>,
  isCause?: (count: (rule: string) => number) => boolean,
])[] = [
  ...['index/missing-shard', 'shards/broken', 'shards/incomplete', 'index/missing-tensor'].map(
    (rule) => [rule, new Set([...numbers, 'tensors/required', 'blocks/consistent', 'config/tied'])] as const,
  ),
  ['shards/duplicate-tensor', new Set([...numbers, 'index/total-size'])],
  // A file of another thing than weights.
  ['security/pickle-globals', new Set(['torch/no-tensors'])],
  [
    'contents/no-tensors',
    new Set([
      ...numbers,
      'index/parameters',
      'index/total-parameters',
      'index/total-size',
      'lora/empty',
      'tensors/required',
    ]),
  ],
  ['blocks/consistent', new Set(numbers)],
  ['contents/prefix', new Set(['tensors/required', 'tensors/unexpected', 'tensors/count'])],
  ['contents/training-state', new Set([...numbers, 'tensors/unexpected'])],
  // As many names too many as are missing: they were renamed.
  [
    'tensors/required',
    new Set(['tensors/unexpected', 'tensors/count', 'index/total-size']),
    (count) => count('tensors/required') === count('tensors/unexpected'),
  ],
  // What a policy says of single tensors is said before its numbers of all.
  ['tensors/required', new Set([...numbers, 'index/total-size'])],
  ['tensors/unexpected', new Set(numbers)],
  ['tensors/count', new Set(numbers)],
  ['tensors/dtype', new Set(['size/file', 'size/total'])],
  ['tensors/shape', new Set(numbers)],
]

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
  for (const [rule, follows, isCause] of causes) {
    const cause = findings.find((finding) => finding.rule === rule && finding.suppressed === null)
    if (cause === undefined || isCause?.(count) === false) continue
    const following = findings.filter(
      (finding) => finding.rule !== rule && follows.has(finding.rule) && finding.suppressed === null,
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
