import { isWithin, rangeText } from '../range-text.ts'
import type { Rule } from '../rule.ts'

export const sizeFile: Rule = {
  id: 'size/file',
  level: 'error',
  claim: 'Each file of weights is as large as the policy says',
  why: 'Hubs, registries and phones have limits, and a file of twice the size is the first sign of a wrong element type.',
  case: 'pytorch/vision asserts _file_size of every published model (test_extended_models.py).',
  fix: 'save in smaller shards, or in the agreed element type',
  needs: 'policy',

  *check({ expected, report }) {
    const { fileBytes } = expected
    if (fileBytes === null) return
    for (const { name, bytes, role } of report.files)
      if (role === 'weights' && !isWithin(bytes, fileBytes.value))
        yield {
          message: `${name} has ${bytes} bytes, expected ${rangeText(fileBytes.value)}`,
          at: fileBytes.at,
        }
  },
}
