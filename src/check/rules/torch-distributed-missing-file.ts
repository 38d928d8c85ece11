import type { Rule } from '../rule.ts'

export const torchDistributedMissingFile: Rule = {
  id: 'torch-distributed/missing-file',
  level: 'error',
  claim: 'Every file that .metadata names can be read',
  why: 'What is in a file that is not there is never loaded, or loading fails on every rank.',
  case: 'Checkpoints copied while ranks were still writing lack the files of some.',
  fix: 'copy all *.distcp files of the folder',
}
