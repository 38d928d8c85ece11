import { subjectOf } from './classify.ts'
import { resolve } from './evidence/resolve.ts'
import type { TraceColumn, TracedClaim } from './evidence/trace-column.ts'
import { withOriginals } from './formats/original-names.ts'
import type { Checkpoint, StateDict, ValueEntry } from './model/checkpoint.ts'
import type { ExplainedClaim, Explanation } from './model/explanation.ts'
import { type SaidOptions, saidOf } from './model/statements.ts'
import { Pairs } from './model/tensors/hash.ts'
import { reported } from './model/tensors/representation.ts'
import type { Tensor } from './model/tensors/tensor.ts'
import { tableOf } from './model/tensors/tensor-table.ts'
import { levelRank, type Verdict } from './model/verdict.ts'

/**
 * Every claim about each tensor whose name `matches`, in the order of the state dict; then the entries that are no tensors.
 *
 * @param options what the user says of the model
 * @throws SdinspectError `usage/pattern`
 */
export function explain(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  matches: (name: string) => boolean,
  options: SaidOptions = {},
): readonly Explanation[] {
  const indexes: number[] = []
  const table = tableOf(stateDict.tensors)
  for (let index = 0; index < table.length; index++) if (matches(table.name(index))) indexes.push(index)
  const { verdicts, pool, book } = resolve(subjectOf(checkpoint, stateDict, saidOf(options)), indexes)
  const explanations = indexes.map((index): Explanation => {
    const tensor = stateDict.tensors.at(index) as Tensor
    const verdict = pool[verdicts[index] as number] as Verdict
    const claims = claimsOf(verdict, book.traces.get(index) ?? [])
    const { name, dtype, shape, representation } = tensor
    const kept = representation === undefined ? {} : { representation: reported(representation) }
    return { name, dtype, shape, ...kept, ...verdict, claims }
  })
  const values = (stateDict.values ?? []).filter(({ name }) => matches(name)).map(explainedValue)
  return [...withOriginals(checkpoint, explanations), ...values]
}

/** The answers about every tensor of a state dict, with all that speaks for them and against. */
export interface Evidence {
  /** By tensor: the number of its story. */
  readonly ids: Uint32Array
  readonly stories: readonly Story[]
}

/** Both answers, and every claim, strongest first. Shared between tensors. */
export type Story = Pick<Explanation, 'kind' | 'trainable' | 'claims'>

/** What `explain` says of every tensor, each story once. */
export function evidenceOf(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  options: SaidOptions = {},
): Evidence {
  const { verdicts, pool, book } = resolve(subjectOf(checkpoint, stateDict, saidOf(options)), 'all')
  const traces = book.traceColumn as TraceColumn
  const pairs = new Pairs()
  const stories: Story[] = []
  const ids = verdicts.map((verdict, index) => {
    const trace = traces.ids[index] as number
    const id = pairs.id(verdict, trace)
    if (id === stories.length) {
      const answers = pool[verdict] as Verdict
      stories.push({ ...answers, claims: claimsOf(answers, traces.stories[trace] ?? []) })
    }
    return id
  })
  return { ids, stories }
}

function claimsOf({ kind, trainable }: Verdict, trace: readonly TracedClaim[]): readonly ExplainedClaim[] {
  const claims = trace.map(({ question, claim }): ExplainedClaim => {
    const verdict = question === 'kind' ? kind : trainable
    const { answer, level, reason, source } = claim
    const won = verdict.answer === answer && verdict.source === source && verdict.level === level
    return { question, answer, level, reason, source, won }
  })
  for (const [question, verdict] of [
    ['kind', kind],
    ['trainable', trainable],
  ] as const) {
    // What nobody claimed is the base rate's.
    if (!claims.some((claim) => claim.question === question && claim.won))
      claims.push({ question, ...verdict, won: true })
  }
  return claims.sort((a, b) =>
    a.question === b.question ? levelRank(a.level) - levelRank(b.level) : a.question === 'kind' ? -1 : 1,
  )
}

/** An entry that is no tensor is neither parameter nor buffer, whatever else it is. */
function explainedValue({ name, description }: ValueEntry): Explanation {
  const by = { level: 'declared', reason: 'the file has no tensor under this name', source: 'entry' } as const
  const kind = { answer: 'other', ...by } as const
  const trainable = { answer: 'no', ...by } as const
  const claims = [
    { question: 'kind', ...kind, won: true },
    { question: 'trainable', ...trainable, won: true },
  ] as const
  return { name, dtype: null, shape: [], value: description, kind, trainable, claims }
}
