import type { Rule } from '../rule.ts'

export const zipChecksum: Rule = {
  id: 'zip/checksum',
  level: 'error',
  claim: 'The checksums in the archive are right',
  why: 'The bytes are not those that were written.',
  case: 'torch ignores the checksums it writes, so a flipped bit loads without a word (pytorch/pytorch #126952).',
  fix: 'download the file again',
}
