import { type Expected, isWithin, rangeFacts, rangeText } from '../../policy/range.ts'
import { rule } from '../../rule.ts'

type FileSize = { name: string; bytes: number } & Expected

export const sizeFile = rule({
  id: 'size/file',
  level: 'error',
  claim: 'Each file of weights is as large as the policy says',
  why: 'Hubs, registries and phones have limits, and a file of twice the size is the first sign of a wrong element type.',
  case: 'pytorch/vision asserts _file_size of every published model (test_extended_models.py).',
  fix: 'save in smaller shards, or in the agreed element type',
  needs: 'policy',
  message: ({ name, bytes, ...expected }: FileSize) =>
    `${name} has ${bytes} bytes, expected ${rangeText(expected)}`,
  about: ['at'],

  *check({ expected, report }, tell) {
    const { fileBytes } = expected
    if (fileBytes === null) return
    for (const { name, bytes, role } of report.files)
      if (role === 'weights' && !isWithin(bytes, fileBytes.value))
        yield tell({ name, bytes, ...rangeFacts(fileBytes.value) }, { at: fileBytes.at })
  },
})
