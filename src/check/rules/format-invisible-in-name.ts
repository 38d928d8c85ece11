import type { Rule } from '../rule.ts'

export const formatInvisibleInName: Rule = {
  id: 'format/invisible-in-name',
  level: 'warning',
  claim: 'No tensor name has invisible or direction-changing characters',
  why: 'Characters without width and marks that turn the direction of text make two names look the same, or one name look like another.',
  case: 'A name that passes a review by eye and misses every pattern of a policy.',
  fix: 'find out who wrote the file; rename the tensors if you trust it',
}
