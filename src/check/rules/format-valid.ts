import type { Rule } from '../rule.ts'

export const formatValid: Rule = {
  id: 'format/valid',
  level: 'error',
  claim: 'The file keeps every rule of its format',
  why: 'A file that is cut off, has bytes that belong to nothing or says two things at once is read differently by different loaders, or not at all.',
  case: 'A published file declared 3.67 GB of tensors and held 1.84 GB: every served artifact had weights of zeros (microsoft/BitNet #608).',
  fix: 'download or save the file again, and compare its SHA-256 with the one of its source',
}
