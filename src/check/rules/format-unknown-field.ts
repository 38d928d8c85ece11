import type { Rule } from '../rule.ts'

export const formatUnknownField: Rule = {
  id: 'format/unknown-field',
  level: 'warning',
  claim: 'Every tensor has the fields of the format and no other',
  why: 'The reference implementation passes over what it does not know, and other readers refuse it: what the field says is lost on most of them.',
  case: 'Writers of their own that put statistics or a checksum beside the shape.',
  fix: 'keep what it says in __metadata__, which is made for that',
}
