import { quoted } from '../../../errors.ts'
import { type More, moreText } from '../../../findings/more.ts'
import { foldedNames } from '../../../model/names/folded-names.ts'
import { capped } from '../../findings/capped.ts'
import { rule } from '../../rule.ts'
import { fitsAny } from '../../structure/tensor-names.ts'

export const tensorsUnexpected = rule({
  id: 'tensors/unexpected',
  level: 'warning',
  claim: 'Every tensor is one the policy allows',
  why: 'A name nobody expects is what load_state_dict(strict=True) fails on and strict=False passes over.',
  case: 'Warn, do not fail: buffers come and go with versions of a library (InvokeAI PR #9581, huggingface/transformers #6882).',
  fix: 'add the name to allowed, or leave the tensor out when saving',
  needs: 'policy',
  message: (args: { name: string; count: number } | More) => {
    if ('more' in args) return moreText(args, 'are not expected')
    const name = quoted(args.name)
    return args.count === 1 ? `${name} is not expected` : `${args.count} tensors ${name} are not expected`
  },

  *check({ expected, stateDict }, tell) {
    const { allowed } = expected
    if (allowed === null || stateDict === null) return
    const patterns = [...allowed.map(({ value }) => value), ...expected.tensors.map(({ pattern }) => pattern)]
    const isExpected = fitsAny(patterns)
    const names = stateDict.tensors.map(({ name }) => name).filter((name) => !isExpected(name))
    const at = allowed[0]?.at
    yield* capped(
      foldedNames(names).map(({ name, count }) => tell({ name, count }, { tensor: name, at })),
      tell,
    )
  },
})
