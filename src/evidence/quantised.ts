import { moduleViews } from './module-view.ts'
import { quantisedSchemes } from './quantised/index.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { EvidenceSource } from './source.ts'

/** Quantised layouts: which tensors are packed weights, which bookkeeping, and how many weights stand behind them. */
export const quantised: EvidenceSource = {
  id: 'quantised',
  title: 'A quantised layout',
  collect(subject, claims) {
    if (quantisationMarker(subject) === null) return
    const modules = new Map<string, number>()
    for (const view of moduleViews(subject)) {
      const scheme = quantisedSchemes.find((candidate) => candidate.collect(view, subject, claims))
      if (scheme !== undefined) modules.set(scheme.id, (modules.get(scheme.id) ?? 0) + 1)
    }
    for (const [id, count] of modules)
      claims.note(`${count} ${count === 1 ? 'module' : 'modules'} quantised (${id})`)
  },
}
