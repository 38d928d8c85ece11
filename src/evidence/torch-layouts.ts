import { layouts } from './layouts/index.ts'
import { isFloating } from './module-view.ts'
import type { EvidenceSource } from './source.ts'

const source = 'torch-layouts'

/** Modules of torch.nn and layouts close to it, recognised by the names and shapes of their own tensors together. */
export const torchLayouts: EvidenceSource = {
  id: source,
  title: 'The layout of a known module class',
  collectModule(view, around, claims) {
    for (const layout of layouts) {
      const found = layout.recognise(view, around)
      if (found === null) continue
      // A module of nothing is of no size, so what it is does not show.
      const isEmpty = view.own.values().some(({ tensor }) => tensor.elements === 0)
      if (found.classes.length > 0 && !isEmpty) claims.module(view, found.classes, found.detail, 'recognised')
      for (const own of view.own.values()) {
        const kind = Object.hasOwn(found.kinds, own.leaf) ? found.kinds[own.leaf] : undefined
        if (kind === undefined) continue
        // An integer Parameter is legal, and outside quantised layouts no torch.nn module has one.
        if (kind === 'parameter' && !isFloating(own.tensor) && !around.isQuantised) continue
        const level = found.assumed?.includes(own.leaf) ? 'assumed' : 'recognised'
        claims.kind(own.index, { answer: kind, level, reason: found.reason, source })
      }
      break
    }
  },
}
