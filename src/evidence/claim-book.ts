import { AnswerPool } from '../model/answer-pool.ts'
import type { Finding } from '../model/finding.ts'
import type { ModuleClass, Quantisation } from '../model/report.ts'
import { Labels } from '../model/tensors/labels.ts'
import { type Answer, type Kind, levelRank, levels, type Trainable } from '../model/verdict.ts'
import type { Claims, QuantisedDetails } from './source.ts'
import { isTold, TraceColumn, type TracedClaim } from './trace-column.ts'

/** Two claims of one level that say different things. */
export interface Contradiction<T> {
  readonly index: number
  readonly first: Answer<T>
  readonly second: Answer<T>
}

/**
 * The claims about one question, per level. Of two claims of the same strong level (declared, deduced) that
 * disagree neither counts and the pair is kept; of two weaker ones the earlier counts, since the list of
 * sources goes from the specific to the general.
 */
export class Question<T extends string> {
  readonly pool = new AnswerPool<T>()
  /** By level and tensor: the id of the claim, and 1; 0 where there is none. A column is made with the first claim. */
  readonly #claims: (Uint32Array | undefined)[] = levels.map(() => undefined)
  readonly #void: Set<number> = new Set()
  #contradictions: Contradiction<T>[] = []
  readonly #levelCount = levels.length
  readonly #size: number

  /** @param size tensors there are claims about */
  constructor(size: number) {
    this.#size = size
  }

  get contradictions(): readonly Contradiction<T>[] {
    return this.#contradictions
  }

  /** Whether the claim changed anything. */
  claim(index: number, answer: Answer<T>): boolean {
    return this.claimId(index, this.pool.id(answer), levelRank(answer.level))
  }

  /** The same of an answer of the pool and its rank. */
  claimId(index: number, id: number, rank: number): boolean {
    let column = this.#claims[rank]
    if (column === undefined) {
      column = new Uint32Array(this.#size)
      this.#claims[rank] = column
    }
    const before = column[index] as number
    if (before === 0) {
      column[index] = id + 1
      return true
    }
    if (before === id + 1 || rank >= 2) return false
    const first = this.pool.answers[before - 1] as Answer<T>
    const second = this.pool.answers[id] as Answer<T>
    const key = index * this.#levelCount + rank
    if (first.answer === second.answer || this.#void.has(key)) return false
    this.#void.add(key)
    this.#contradictions.push({ index, first, second })
    return true
  }

  /** Puts the contradictions since the first `from` in the order of the state dict. */
  sortContradictions(from: number): void {
    const all = this.#contradictions
    if (all.length - from < 2) return
    const late = all.slice(from).sort((a, b) => a.index - b.index)
    this.#contradictions = [...all.slice(0, from), ...late]
  }

  /** Whether there is any claim of this level. */
  hasAny(level: Answer<T>['level']): boolean {
    return this.#claims[levelRank(level)] !== undefined
  }

  /** The id of the strongest claim that stands; -1 where there is none. */
  bestId(index: number): number {
    for (let rank = 0; rank < this.#levelCount; rank++) {
      const claim = this.#claims[rank]?.[index] ?? 0
      if (claim === 0) continue
      if (this.#void.size === 0 || !this.#void.has(index * this.#levelCount + rank)) return claim - 1
    }
    return -1
  }

  /** The strongest claim that stands. */
  best(index: number): Answer<T> | undefined {
    return this.pool.answers[this.bestId(index)]
  }

  /** The claim of exactly this level that stands. */
  at(index: number, level: Answer<T>['level']): Answer<T> | undefined {
    const rank = levelRank(level)
    const claim = this.#claims[rank]?.[index] ?? 0
    return claim === 0 || this.#void.has(index * this.#levelCount + rank)
      ? undefined
      : this.pool.answers[claim - 1]
  }
}

/** Everything the sources have said of one state dict. */
export class ClaimBook implements Claims {
  readonly kinds: Question<Kind>
  readonly trainables: Question<Trainable>
  readonly classes: Labels<ModuleClass>
  readonly quantisations: Labels<Quantisation>
  readonly countedAs = new Map<number, string>()
  readonly notes: string[] = []
  readonly findings: Finding[] = []
  readonly traces: Map<number, TracedClaim[]>
  /** Of all tensors, where all are traced. */
  readonly traceColumn: TraceColumn | null
  readonly #heard = new Set<string>()

  /**
   * @param size tensors there are claims about
   * @param modules of the tree
   * @param traced tensors of which every claim is kept, for `why`
   */
  constructor(size: number, modules: number, traced: Iterable<number> | 'all' = []) {
    this.kinds = new Question(size)
    this.trainables = new Question(size)
    this.classes = new Labels(modules)
    this.quantisations = new Labels(size)
    this.traces = new Map()
    this.traceColumn = traced === 'all' ? new TraceColumn(size) : null
    if (traced !== 'all') for (const index of traced) this.traces.set(index, [])
  }

  /** Whether a rule that speaks once has not spoken yet; it has from now on. */
  isFirst(rule: string): boolean {
    const isFirst = !this.#heard.has(rule)
    this.#heard.add(rule)
    return isFirst
  }

  /** Whether the claim changed anything. */
  kind(index: number, answer: Answer<Kind>): boolean {
    return this.kindId(index, this.kinds.pool.id(answer), levelRank(answer.level))
  }

  /** The same of an answer of the pool and its rank. */
  kindId(index: number, id: number, rank: number): boolean {
    if (this.traces.size > 0) this.trace(index, 'kind', this.kinds.pool.answers[id] as Answer<Kind>)
    this.traceColumn?.add(index, 'kind', id, this.kinds.pool.answers[id] as Answer<Kind>)
    return this.kinds.claimId(index, id, rank)
  }

  /** Whether the claim changed anything. */
  trainable(index: number, answer: Answer<Trainable>): boolean {
    return this.trainableId(index, this.trainables.pool.id(answer), levelRank(answer.level))
  }

  /** The same of an answer of the pool and its rank. */
  trainableId(index: number, id: number, rank: number): boolean {
    if (this.traces.size > 0)
      this.trace(index, 'trainable', this.trainables.pool.answers[id] as Answer<Trainable>)
    this.traceColumn?.add(index, 'trainable', id, this.trainables.pool.answers[id] as Answer<Trainable>)
    return this.trainables.claimId(index, id, rank)
  }

  module(
    { index }: { readonly index: number },
    classes: readonly string[],
    detail: string,
    level: ModuleClass['level'],
  ): void {
    const before = this.classes.at(index)
    if (before === undefined) this.classes.set(index, { classes, detail, level })
    else if (before.detail === '' && detail !== '' && level === 'recognised')
      this.classes.set(index, { ...before, detail })
  }

  quantised(
    index: number,
    scheme: string,
    logicalElements: number | null,
    more: QuantisedDetails = {},
  ): void {
    if (this.quantisations.idAt(index) < 0)
      this.quantisations.set(index, { scheme, logicalElements, ...more })
  }

  counted(index: number, name: string): void {
    this.countedAs.set(index, name)
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  finding(finding: Finding): void {
    this.findings.push(finding)
  }

  private trace(index: number, question: TracedClaim['question'], claim: Answer<string>): void {
    const trace = this.traces.get(index)
    if (trace === undefined || isTold(trace, question, claim)) return
    trace.push({ question, claim })
  }
}
