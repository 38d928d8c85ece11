import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import type { EvidenceSource } from './source.ts'

const source = 'averaged-copy'
const copy: Answer<Kind> = {
  answer: 'buffer',
  level: 'recognised',
  reason: 'LitEma keeps its averaged copies as buffers',
  source,
}
const original: Answer<Kind> = {
  answer: 'parameter',
  level: 'recognised',
  reason: 'LitEma keeps a copy of it, and copies only parameters',
  source,
}
const trained: Answer<Trainable> = {
  answer: 'yes',
  level: 'recognised',
  reason: 'LitEma keeps a copy of it, and copies only what requires grad when it is made',
  source,
}
const untrained: Answer<Trainable> = {
  answer: 'no',
  level: 'recognised',
  reason: 'LitEma keeps no copy of it, and copies all that requires grad when it is made',
  source,
}

/**
 * CompVis latent diffusion (ldm/modules/ema.py): beside `model.<P>` stands `model_ema.<P without dots>`, a
 * buffer, for just those parameters that require grad when it is made; and buffers `decay`, `num_updates`. What was
 * frozen or registered anew since then looks the same, so all of it is recognised.
 */
export const averagedCopy: EvidenceSource = {
  id: source,
  title: 'An averaged copy of what requires grad',
  collect({ stateDict, tree }, claims) {
    const copies = tree.at('model_ema')
    const model = tree.at('model')
    if (copies === undefined || model === undefined) return
    const names = new Map<string, number>()
    for (const index of copies.tensors) names.set(tree.leafOf(index), index)
    if (!names.has('decay') || !names.has('num_updates')) return
    const matched: [number, boolean][] = []
    let used = 0
    stateDict.tensors.forEach(({ name, shape }, index) => {
      if (!name.startsWith('model.')) return
      const twin = names.get(name.slice('model.'.length).replaceAll('.', ''))
      const same = twin !== undefined && stateDict.tensors.at(twin)?.shape.join() === shape.join()
      if (same) used++
      matched.push([index, same])
    })
    // Every copy must have its original: otherwise the two are not of one model.
    if (used === 0 || used + 2 !== names.size) return
    for (const index of copies.tensors) claims.kind(index, copy)
    for (const [index, same] of matched) {
      if (same) claims.kind(index, original)
      claims.trainable(index, same ? trained : untrained)
    }
  },
}
