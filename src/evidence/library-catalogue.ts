import type { Answer, Kind } from '../model/verdict.ts'
import type { CatalogueEntry } from './catalogue/entry.ts'
import { catalogue } from './catalogue/index.ts'
import { isFloating, moduleViews } from './module-view.ts'
import type { EvidenceSource } from './source.ts'
import { surroundingsOf } from './surroundings.ts'

const byTensor = new Map<string, { entry: CatalogueEntry; answer: Answer<Kind> }[]>()
for (const entry of catalogue) {
  const level = entry.level ?? 'recognised'
  const answer: Answer<Kind> = { answer: entry.kind, level, reason: entry.what, source: 'library-catalogue' }
  for (const leaf of entry.tensors) {
    const entries = byTensor.get(leaf)
    if (entries === undefined) byTensor.set(leaf, [{ entry, answer }])
    else entries.push({ entry, answer })
  }
}

/** Tensors that known libraries register under names of their own, confirmed by what stands around them. */
export const libraryCatalogue: EvidenceSource = {
  id: 'library-catalogue',
  title: 'A tensor a known library registers',
  collect(subject, claims) {
    const around = surroundingsOf(subject)
    for (const view of moduleViews(subject)) {
      for (const own of view.own.values()) {
        for (const { entry, answer } of byTensor.get(own.leaf) ?? []) {
          if (entry.kind === 'parameter' && !isFloating(own.tensor)) continue
          if (!entry.fits(own, view, around)) continue
          claims.kind(own.index, answer)
          break
        }
      }
    }
  },
}
