import type { Answer, Kind } from '../model/verdict.ts'
import { layouts } from './layouts/index.ts'
import { isFloating, moduleViews } from './module-view.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { EvidenceSource } from './source.ts'
import { surroundingsOf } from './surroundings.ts'

/** Modules of torch.nn and layouts close to it, recognised by the names and shapes of their own tensors together. */
export const torchLayouts: EvidenceSource = {
  id: 'torch-layouts',
  title: 'The layout of a known module class',
  collect(subject, claims) {
    const around = surroundingsOf(subject)
    const quantised = quantisationMarker(subject) !== null
    const answers = new Answers(this.id)
    for (const view of moduleViews(subject)) {
      for (const layout of layouts) {
        const found = layout.recognise(view, around)
        if (found === null) continue
        if (found.classes.length > 0) claims.module(view.node, found.classes, found.detail, 'recognised')
        const level = found.level ?? 'recognised'
        for (const own of view.own.values()) {
          const kind = Object.hasOwn(found.kinds, own.leaf) ? found.kinds[own.leaf] : undefined
          if (kind === undefined) continue
          // An integer Parameter is legal, and outside quantised layouts no torch.nn module has one.
          if (kind === 'parameter' && !isFloating(own.tensor) && !quantised) continue
          claims.kind(own.index, answers.of(kind, level, found.reason))
        }
        break
      }
    }
  },
}

/** One object for all answers that say the same. */
class Answers {
  readonly #source: string
  readonly #byReason = new Map<string, Answer<Kind>[]>()

  constructor(source: string) {
    this.#source = source
  }

  of(kind: Kind, level: Answer<Kind>['level'], reason: string): Answer<Kind> {
    let known = this.#byReason.get(reason)
    if (known === undefined) {
      known = []
      this.#byReason.set(reason, known)
    }
    for (const answer of known) if (answer.answer === kind && answer.level === level) return answer
    const made = { answer: kind, level, reason, source: this.#source }
    known.push(made)
    return made
  }
}
