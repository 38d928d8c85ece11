import { isName } from '../../model/names/pattern.ts'
import { suggestPattern } from '../../model/names/pattern-suggestion.ts'
import type { CheckSubject } from '../check-subject.ts'
import type { NamePattern } from '../policy/expectations.ts'

/** A policy of more patterns that fit nothing is wrong as a whole. */
const mostSuggestions = 100

/** The names of a checkpoint's tensors, to be held against patterns. One that is a name is looked up. Made when one is asked for. */
export class TensorNames {
  readonly #subject: CheckSubject
  #all: readonly string[] | undefined
  #counts: ReadonlyMap<string, number> | undefined
  #suggested = 0

  constructor(subject: CheckSubject) {
    this.#subject = subject
  }

  get all(): readonly string[] {
    this.#all ??= (this.#subject.stateDict?.tensors ?? []).map(({ name }) => name)
    return this.#all
  }

  isFitted({ text, matches }: NamePattern): boolean {
    return isName(text) ? this.#countOf(text) > 0 : this.all.some((name) => matches(name))
  }

  fitting({ text, matches }: NamePattern): readonly string[] {
    if (!isName(text)) return this.all.filter((name) => matches(name))
    return new Array<string>(this.#countOf(text)).fill(text)
  }

  #countOf(name: string): number {
    if (this.#counts === undefined) {
      const counts = new Map<string, number>()
      for (const each of this.all) counts.set(each, (counts.get(each) ?? 0) + 1)
      this.#counts = counts
    }
    return this.#counts.get(name) ?? 0
  }

  /** A pattern near one that fits nothing; null where there is none, and for what comes late in a long list. */
  near({ text }: NamePattern): string | null {
    if (++this.#suggested > mostSuggestions) return null
    return suggestPattern(text, this.all) ?? null
  }
}

/** The matcher of names that fit one of many patterns. */
export function fitsAny(patterns: readonly NamePattern[]): (name: string) => boolean {
  const exact = new Set(patterns.flatMap(({ text }) => (isName(text) ? [text] : [])))
  const others = patterns.filter(({ text }) => !isName(text))
  return (name) => exact.has(name) || others.some(({ matches }) => matches(name))
}
