import { Pairs } from '../model/tensors/hash.ts'
import type { Answer } from '../model/verdict.ts'

/** A claim as `why` shows it. */
export interface TracedClaim {
  readonly question: 'kind' | 'trainable'
  readonly claim: Answer<string>
}

/**
 * Every claim about every tensor. What has been said of a tensor is a number, the same for all of which the same was
 * said in the same order: a model of 700,000 tensors has a few dozen such stories.
 */
export class TraceColumn {
  /** By number: the claims in the order they were made, each once. 0: nothing was said. */
  readonly stories: (readonly TracedClaim[])[] = [[]]
  /** By tensor. */
  readonly ids: Uint32Array
  readonly #steps = new Pairs()
  /** By step: the story it leads to. */
  readonly #next: number[] = []

  constructor(size: number) {
    this.ids = new Uint32Array(size)
  }

  /** @param id of the answer in the pool of its question */
  add(index: number, question: TracedClaim['question'], id: number, claim: Answer<string>): void {
    const before = this.ids[index] as number
    const step = this.#steps.id(before, id * 2 + (question === 'kind' ? 0 : 1))
    let next = this.#next[step]
    if (next === undefined) {
      const told = this.stories[before] as readonly TracedClaim[]
      next = isTold(told, question, claim) ? before : this.stories.push([...told, { question, claim }]) - 1
      this.#next[step] = next
    }
    this.ids[index] = next
  }
}

/** Whether a source has said so before: for another reason, perhaps. */
export function isTold(
  told: readonly TracedClaim[],
  question: TracedClaim['question'],
  { source, answer, level }: Answer<string>,
): boolean {
  return told.some(
    (one) =>
      one.question === question &&
      one.claim.source === source &&
      one.claim.answer === answer &&
      one.claim.level === level,
  )
}
