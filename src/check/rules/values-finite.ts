import type { Rule } from '../rule.ts'

export const valuesFinite: Rule = {
  id: 'values/finite',
  level: 'error',
  claim: 'No value is NaN or infinite',
  why: 'One NaN in a weight makes every output that depends on it NaN, and a served model answers garbage.',
  case: 'A team wrote its own NaN script against released weights (NikoNairre/CT-CIG #3); vllm grew --verify-weights after a shard went bad (vllm PR #53537).',
  fix: 'find the step at which training diverged, and take an earlier checkpoint',
  needs: 'values',
}
