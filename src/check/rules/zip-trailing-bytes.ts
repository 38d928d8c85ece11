import type { Rule } from '../rule.ts'

export const zipTrailingBytes: Rule = {
  id: 'zip/trailing-bytes',
  level: 'warning',
  claim: 'Nothing follows the end of the archive',
  why: 'Readers look for the end of an archive from the back and may find another one.',
  case: 'Uploads glued together, and files written over longer ones.',
  fix: 'save the file again',
}
