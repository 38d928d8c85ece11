import type { Finding } from '../model/finding.ts'
import type { ModuleNode } from '../model/tree.ts'
import { type Answer, type Kind, levelRank, levels, type Trainable } from '../model/verdict.ts'
import type { Claims, QuantisedDetails } from './source.ts'

/** A claim as `why` shows it. */
export interface TracedClaim {
  readonly question: 'kind' | 'trainable'
  readonly claim: Answer<string>
}

export interface ModuleClaim {
  readonly classes: readonly string[]
  readonly detail: string
  readonly level: 'declared' | 'recognised'
}

export interface QuantisedClaim extends QuantisedDetails {
  readonly scheme: string
  readonly logicalElements: number | null
}

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
  readonly #byLevel: ((Answer<T> | undefined)[] | undefined)[] = levels.map(() => undefined)
  readonly #void: Set<number> = new Set()
  readonly contradictions: Contradiction<T>[] = []
  readonly #levelCount = levels.length
  readonly #size: number

  /** @param size tensors there are claims about */
  constructor(size: number) {
    this.#size = size
  }

  /** Whether the claim changed anything. */
  claim(index: number, answer: Answer<T>): boolean {
    const rank = levelRank(answer.level)
    let row = this.#byLevel[rank]
    if (row === undefined) {
      row = new Array(this.#size)
      this.#byLevel[rank] = row
    }
    const before = row[index]
    if (before === undefined) {
      row[index] = answer
      return true
    }
    if (before.answer !== answer.answer && rank < 2) {
      const key = index * this.#levelCount + rank
      if (!this.#void.has(key)) {
        this.#void.add(key)
        this.contradictions.push({ index, first: before, second: answer })
        return true
      }
    }
    return false
  }

  /** Whether there is any claim of this level. */
  hasAny(level: Answer<T>['level']): boolean {
    return this.#byLevel[levelRank(level)] !== undefined
  }

  /** The strongest claim that stands. */
  best(index: number): Answer<T> | undefined {
    for (let rank = 0; rank < this.#levelCount; rank++) {
      const answer = this.#byLevel[rank]?.[index]
      if (answer === undefined) continue
      if (this.#void.size === 0 || !this.#void.has(index * this.#levelCount + rank)) return answer
    }
    return undefined
  }

  /** The claim of exactly this level that stands. */
  at(index: number, level: Answer<T>['level']): Answer<T> | undefined {
    const rank = levelRank(level)
    const answer = this.#byLevel[rank]?.[index]
    return answer === undefined || this.#void.has(index * this.#levelCount + rank) ? undefined : answer
  }
}

/** Everything the sources have said of one state dict. */
export class ClaimBook implements Claims {
  readonly kinds: Question<Kind>
  readonly trainables: Question<Trainable>
  /** By index of the module. */
  readonly modules: (ModuleClaim | undefined)[] = []
  readonly #sharedModules: Map<string, ModuleClaim> = new Map()
  readonly quantisedTensors: Map<number, QuantisedClaim> = new Map()
  readonly notes: string[] = []
  readonly findings: Finding[] = []
  readonly traces: Map<number, TracedClaim[]>

  /**
   * @param size tensors there are claims about
   * @param traced tensors of which every claim is kept, for `why`
   */
  constructor(size: number, traced: Iterable<number> = []) {
    this.kinds = new Question(size)
    this.trainables = new Question(size)
    this.traces = new Map()
    for (const index of traced) this.traces.set(index, [])
  }

  /** Whether the claim changed anything. */
  kind(index: number, answer: Answer<Kind>): boolean {
    this.trace(index, 'kind', answer)
    return this.kinds.claim(index, answer)
  }

  /** Whether the claim changed anything. */
  trainable(index: number, answer: Answer<Trainable>): boolean {
    this.trace(index, 'trainable', answer)
    return this.trainables.claim(index, answer)
  }

  module(
    node: ModuleNode,
    classes: readonly string[],
    detail: string,
    level: 'declared' | 'recognised',
  ): void {
    const before = this.modules[node.index]
    if (before === undefined) this.modules[node.index] = this.sharedModule(classes, detail, level)
    else if (before.detail === '' && detail !== '' && level === 'recognised') {
      this.modules[node.index] = this.sharedModule(before.classes, detail, before.level)
    }
  }

  private sharedModule(classes: readonly string[], detail: string, level: ModuleClaim['level']): ModuleClaim {
    const key = `${level} ${detail} ${classes.join(' ')}`
    let claim = this.#sharedModules.get(key)
    if (claim === undefined) {
      claim = { classes, detail, level }
      this.#sharedModules.set(key, claim)
    }
    return claim
  }

  quantised(
    index: number,
    scheme: string,
    logicalElements: number | null,
    more: QuantisedDetails = {},
  ): void {
    if (!this.quantisedTensors.has(index))
      this.quantisedTensors.set(index, { scheme, logicalElements, ...more })
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  finding(finding: Finding): void {
    this.findings.push(finding)
  }

  private trace(index: number, question: TracedClaim['question'], claim: Answer<string>): void {
    if (this.traces.size === 0) return
    const trace = this.traces.get(index)
    if (trace === undefined) return
    if (
      trace.some(
        (t) =>
          t.question === question &&
          t.claim.source === claim.source &&
          t.claim.answer === claim.answer &&
          t.claim.level === claim.level,
      )
    )
      return
    trace.push({ question, claim })
  }
}
