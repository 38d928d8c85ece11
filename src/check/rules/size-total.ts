import { isWithin, rangeText } from '../range-text.ts'
import type { Rule } from '../rule.ts'

export const sizeTotal: Rule = {
  id: 'size/total',
  level: 'error',
  claim: 'All files of weights together are as large as the policy says',
  why: 'Size is what people download and what a device has to hold.',
  case: 'A converter refuses results that grew by more than a hundredth (huggingface/safetensors, convert.py).',
  fix: 'find out what changed with: sdinspect diff, or correct the size',
  needs: 'policy',

  *check({ expected, report }) {
    const { totalBytes } = expected
    if (totalBytes === null) return
    const weights = report.files.filter(({ role }) => role === 'weights')
    const bytes = weights.reduce((sum, file) => sum + file.bytes, 0)
    if (!isWithin(bytes, totalBytes.value))
      yield {
        message: `${bytes} bytes of weights, expected ${rangeText(totalBytes.value)}`,
        at: totalBytes.at,
      }
  },
}
