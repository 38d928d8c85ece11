import type { Rule } from '../rule.ts'

export const pickleTrailingBytes: Rule = {
  id: 'pickle/trailing-bytes',
  level: 'warning',
  claim: 'Nothing follows the end of the pickle',
  why: 'No loader reads it, so nobody notices what is there.',
  case: 'Payloads for other readers have been put behind the end.',
  fix: 'write the file again',
}
