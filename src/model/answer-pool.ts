import type { Answer } from './verdict.ts'

/** Answers by number, equal ones once: 700,000 tensors have a few dozen. */
export class AnswerPool<T extends string> {
  /** By id. */
  readonly answers: Answer<T>[] = []
  readonly #byObject = new WeakMap<Answer<T>, number>()
  readonly #byContent = new Map<string, number>()

  id(answer: Answer<T>): number {
    const known = this.#byObject.get(answer)
    if (known !== undefined) return known
    const content = `${answer.answer} ${answer.level} ${answer.source} ${answer.probability ?? ''} ${answer.withoutValues ?? ''} ${answer.reason}`
    let id = this.#byContent.get(content)
    if (id === undefined) {
      id = this.answers.push(answer) - 1
      this.#byContent.set(content, id)
    }
    this.#byObject.set(answer, id)
    return id
  }
}
