import { quoted } from '../../../errors.ts'
import { leafName } from '../../../model/modules/tree.ts'
import { rule } from '../../rule.ts'
import type { ReadTensor } from '../../structure/value-tensors.ts'

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
    for (const read of readTensors) {
      const { tensor, reading } = read
      const { nan, positiveInfinity, negativeInfinity, elements } = reading.values
      const infinite = positiveInfinity + negativeInfinity
      if (nan + infinite === 0) continue
      const isMask = nan === 0 && (positiveInfinity === 0 || negativeInfinity === 0) && mayBeInfinite(read)
      if (!isMask) yield tell({ nan, infinite, elements }, { tensor: tensor.name })
    }
  },
})

/** What running statistics are called: they are means of what went through a layer. */
const statistics = /^(?:running|moving)_mean(?::\d+)?$/
const variances = /^(?:running_var|moving_variance)(?::\d+)?$/

/** Masks are 0, or a bias of places, and an infinity of one sign; ranges that nothing was seen of are infinite altogether. */
function mayBeInfinite({ tensor, reading }: ReadTensor): boolean {
  const { min, max, positiveInfinity } = reading.values
  const leaf = leafName(tensor.name)
  // `values/buffers-sane` speaks of it.
  if (variances.test(leaf)) return true
  const isEmpty = min === null || (Number(min) === 0 && Number(max) === 0)
  if (tensor.kind === 'parameter') return isEmpty && min !== null && tensor.kindLevel === 'assumed'
  // A scale that is infinite, or one of the means, makes all that depends on it infinite.
  if (tensor.quantised?.logicalElements === 0 || statistics.test(leaf)) return false
  return isEmpty || positiveInfinity === 0
}

function said(nan: number, infinite: number): string {
  const parts = [
    ...(nan === 0 ? [] : [`${nan} ${nan === 1 ? 'is' : 'are'} NaN`]),
    ...(infinite === 0 ? [] : [`${infinite} ${infinite === 1 ? 'is' : 'are'} infinite`]),
  ]
  return parts.join(' and ')
}
