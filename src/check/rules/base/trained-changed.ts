import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'

export const baseTrainedChanged = rule({
  id: 'base/trained-changed',
  level: 'warning',
  needs: 'values',
  claim: 'What was trained differs from the checkpoint that training began from',
  why: 'A trainable weight that did not move got no gradient, or the checkpoint is the base under another name.',
  case: 'Fine-tuned checkpoints saved from the wrong object: bit for bit the base.',
  fix: 'save the model that was trained',
  about: ['tensor'],
  message: (
    { base, unchanged, compared }: { base: string; unchanged: number; compared: number },
    { tensor },
  ) =>
    `${unchanged} of ${compared} trainable tensors are as in ${quoted(base)}, bit for bit, ${quoted(tensor)} first`,
  measures: ['unchanged', 'compared'],

  *check({ base, stateDict }, tell) {
    if (base === null || stateDict === null) return
    const unchanged: { readonly name: string; readonly isKnown: boolean }[] = []
    let compared = 0
    for (const { name, kind, trainable } of stateDict.tensors) {
      const isSame = base.isSame.get(name)
      if (kind !== 'parameter' || trainable === 'no' || isSame === undefined) continue
      compared++
      // What is not known to train is only said where nothing of it moved.
      if (isSame) unchanged.push({ name, isKnown: trainable === 'yes' })
    }
    const told = unchanged.length === compared ? unchanged : unchanged.filter(({ isKnown }) => isKnown)
    const [first] = told
    if (first !== undefined)
      yield tell({ base: base.path, unchanged: told.length, compared }, { tensor: first.name })
  },
})
