import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'

export const baseFrozenUnchanged = rule({
  id: 'base/frozen-unchanged',
  level: 'error',
  needs: 'values',
  claim: 'What is frozen has the values of the checkpoint that training began from',
  why: 'A frozen weight that changed was trained by mistake, and an adapter made for the base no longer fits it.',
  case: 'Weight decay or an optimizer over all parameters moved frozen layers; LoRA bases saved after merging.',
  fix: 'take the frozen tensors from the base',
  about: ['tensor'],
  message: ({ base, changed }: { base: string; changed: number }, { tensor }) =>
    `${changed} frozen tensors differ from ${quoted(base)}, ${quoted(tensor)} first`,
  measures: ['changed'],

  *check({ base, stateDict }, tell) {
    if (base === null || stateDict === null) return
    const changed: string[] = []
    for (const { name, kind, trainable } of stateDict.tensors)
      if (kind === 'parameter' && trainable === 'no' && base.isSame.get(name) === false) changed.push(name)
    const [first] = changed
    if (first !== undefined) yield tell({ base: base.path, changed: changed.length }, { tensor: first })
  },
})
