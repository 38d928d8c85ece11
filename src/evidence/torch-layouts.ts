import type { Answer, Kind } from '../model/verdict.ts'
import { layouts } from './layouts/index.ts'
import { isFloating, moduleViews } from './module-view.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { EvidenceSource } from './source.ts'
import { surroundingsOf } from './surroundings.ts'

const answers = new Map<string, Answer<Kind>>()

/** Modules of torch.nn and layouts close to it, recognised by the names and shapes of their own tensors together. */
export const torchLayouts: EvidenceSource = {
  id: 'torch-layouts',
  title: 'The layout of a known module class',
  collect(subject, claims) {
    const around = surroundingsOf(subject)
    const quantised = quantisationMarker(subject) !== null
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
          const key = `${kind} ${level} ${found.reason}`
          let answer = answers.get(key)
          if (answer === undefined) {
            answer = { answer: kind, level, reason: found.reason, source: this.id }
            answers.set(key, answer)
          }
          claims.kind(own.index, answer)
        }
        break
      }
    }
  },
}
