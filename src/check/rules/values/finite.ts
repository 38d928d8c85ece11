import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'

export const valuesFinite = rule({
  id: 'values/finite',
  level: 'error',
  needs: 'values',
  ofSamples: true,
  claim: 'No value is NaN or infinite',
  why: 'One NaN in a weight makes every output that depends on it NaN, and a served model answers garbage.',
  case: 'A team wrote its own NaN script against released weights (NikoNairre/CT-CIG #3); vllm grew --verify-weights after a shard went bad (vllm PR #53537).',
  fix: 'find the step at which training diverged, and take an earlier checkpoint',
  about: ['tensor'],
  message: ({ nan, infinite, elements }: { nan: number; infinite: number; elements: number }, { tensor }) =>
    `${said(nan, infinite)} of the ${elements} values of ${quoted(tensor)}`,
  measures: ['nan', 'infinite'],

  *check({ readTensors }, tell) {
    for (const { tensor, reading } of readTensors) {
      const { nan, positiveInfinity, negativeInfinity, elements, min, max } = reading.values
      const infinite = positiveInfinity + negativeInfinity
      if (nan + infinite === 0) continue
      // Masks are 0 and an infinity of one sign, and their values are as they should be.
      const isMask =
        nan === 0 &&
        (positiveInfinity === 0 || negativeInfinity === 0) &&
        (tensor.kind !== 'parameter' || (min === 0 && max === 0 && tensor.kindLevel === 'assumed'))
      if (!isMask) yield tell({ nan, infinite, elements }, { tensor: tensor.name })
    }
  },
})

function said(nan: number, infinite: number): string {
  const parts = [
    ...(nan === 0 ? [] : [`${nan} ${nan === 1 ? 'is' : 'are'} NaN`]),
    ...(infinite === 0 ? [] : [`${infinite} ${infinite === 1 ? 'is' : 'are'} infinite`]),
  ]
  return parts.join(' and ')
}
