import type { ClaimBook } from './claim-book.ts'
import type { Family } from './families.ts'
import { FamilyClaims } from './family-claims.ts'
import { type Looks, ModuleView } from './module-view.ts'
import type { EvidenceSource, ModuleSource, Subject } from './source.ts'
import { type Surroundings, surroundingsOf } from './surroundings.ts'

/** Asks sources what they have to say of one state dict, and writes it in its book. */
export class Hearing {
  readonly #subject: Subject
  readonly #book: ClaimBook
  readonly #families: readonly Family[]
  readonly #around: Surroundings

  constructor(subject: Subject, book: ClaimBook, families: readonly Family[]) {
    this.#subject = subject
    this.#book = book
    this.#families = families
    this.#around = surroundingsOf(subject)
  }

  hear(source: EvidenceSource): void {
    if ('collect' in source) source.collect(this.#subject, this.#book)
    else this.#hearOfModules(source)
  }

  #hearOfModules(source: ModuleSource): void {
    const book = this.#book
    const claims = new FamilyClaims(this.#subject.tree, book)
    const before = [book.kinds, book.trainables].map(({ contradictions }) => contradictions.length)
    const ask = (modules: Family): boolean => {
      const first = modules[0] as number
      const looks: Looks = { atPath: false }
      claims.about(first)
      source.collectModule(new ModuleView(this.#subject, first, looks), this.#around, claims)
      // What goes by the path of one module holds for no other.
      if (looks.atPath && modules.length > 1) return false
      claims.spread(modules)
      return true
    }
    for (const family of this.#families)
      if (!ask(family)) for (let i = 0; i < family.length; i++) ask(family.subarray(i, i + 1))
    // Families are not in the order of the state dict.
    book.kinds.sortContradictions(before[0] as number)
    book.trainables.sortContradictions(before[1] as number)
  }
}
