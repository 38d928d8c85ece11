import type { Answer, Kind } from '../model/verdict.ts'
import type { CatalogueEntry } from './catalogue/entry.ts'
import { catalogue } from './catalogue/index.ts'
import { statisticEndings } from './catalogue/statistics.ts'
import { isFloating } from './module-view.ts'
import type { EvidenceSource } from './source.ts'

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

const endings = statisticEndings.map((entry) => ({
  entry,
  answer: {
    answer: entry.kind,
    level: entry.level,
    reason: entry.what,
    source: 'library-catalogue',
  } satisfies Answer<Kind>,
}))

/** Tensors that known libraries register under names of their own, confirmed by what stands around them. */
export const libraryCatalogue: EvidenceSource = {
  id: 'library-catalogue',
  title: 'A tensor a known library registers',
  collectModule(view, around, claims) {
    for (const own of view.own.values()) {
      const fitting = (byTensor.get(own.leaf) ?? []).find(
        ({ entry }) =>
          (entry.kind !== 'parameter' || isFloating(own.tensor)) && entry.fits(own, view, around),
      )
      if (fitting !== undefined) claims.kind(own.index, fitting.answer)
      else if (!around.isQuantised) {
        const ending = endings.find(({ entry }) => entry.fits(own.leaf, view))
        if (ending !== undefined) claims.kind(own.index, ending.answer)
      }
    }
  },
}
