import type { valuesFindings } from '../values.ts'
import type { Pages } from './page.ts'

export const valuesPages: Pages<typeof valuesFindings> = {
  'values/finite': {
    claim: 'No value is NaN or infinite',
    why: 'One NaN in a weight makes every output that depends on it NaN, and a served model answers garbage.',
    case: 'A team wrote its own NaN script against released weights (NikoNairre/CT-CIG #3); vllm grew --verify-weights after a shard went bad (vllm PR #53537).',
    fix: 'find the step at which training diverged, and take an earlier checkpoint',
  },
  'values/not-degenerate': {
    claim: 'No weight is all zeros or one constant',
    why: 'A weight of zeros was never written, never trained, or lost in a download that was cut off.',
    case: 'All-zero MLP weights in every served artifact (microsoft/BitNet #608).',
    fix: 'save the model again and compare it with the one in memory',
  },
}
