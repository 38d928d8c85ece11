import { isName } from '../../model/names/pattern.ts'
import { suggestPattern } from '../../model/names/pattern-suggestion.ts'
import type { CheckSubject } from '../check-subject.ts'
import type { NamePattern } from '../policy/expectations.ts'

/** A policy of more patterns that fit nothing is wrong as a whole. */
const mostSuggestions = 100

/** The names of a checkpoint's tensors, to be held against patterns. One that is a name is looked up. */
export class TensorNames {
  readonly all: readonly string[]
  readonly #counts = new Map<string, number>()
  #suggested = 0

  constructor({ stateDict }: CheckSubject) {
    this.all = (stateDict?.tensors ?? []).map(({ name }) => name)
    for (const name of this.all) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  isFitted({ text, matches }: NamePattern): boolean {
    return isName(text) ? this.#counts.has(text) : this.all.some((name) => matches(name))
  }

  fitting({ text, matches }: NamePattern): readonly string[] {
    if (!isName(text)) return this.all.filter((name) => matches(name))
    return new Array<string>(this.#counts.get(text) ?? 0).fill(text)
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
