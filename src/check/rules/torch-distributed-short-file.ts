import type { Rule } from '../rule.ts'

export const torchDistributedShortFile: Rule = {
  id: 'torch-distributed/short-file',
  level: 'error',
  claim: 'Every file is as long as .metadata says',
  why: 'The file ends before the tensors that are said to be in it.',
  case: 'Checkpoints copied while ranks were still writing are cut off.',
  fix: 'copy the file again',
}
