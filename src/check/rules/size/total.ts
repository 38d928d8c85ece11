import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

export const sizeTotal = rule({
  id: 'size/total',
  level: 'error',
  claim: 'All files of weights together are as large as the policy says',
  why: 'Size is what people download and what a device has to hold.',
  case: 'A converter refuses results that grew by more than a hundredth (huggingface/safetensors, convert.py).',
  fix: 'find out what changed with: sdinspect diff, or correct the size',
  needs: 'policy',
  message: ({ bytes, ...expected }: { bytes: number } & Expected) =>
    `${bytes} bytes of weights, expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, report }, tell) {
    const { totalBytes } = expected
    if (totalBytes === null) return
    const weights = report.files.filter(({ role }) => role === 'weights')
    const bytes = weights.reduce((sum, file) => sum + file.bytes, 0)
    if (!isWithin(bytes, totalBytes.value))
      yield tell({ bytes, ...rangeFacts(totalBytes.value) }, { at: totalBytes.at })
  },
})
