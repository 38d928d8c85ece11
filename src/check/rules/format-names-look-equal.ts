import type { Rule } from '../rule.ts'

export const formatNamesLookEqual: Rule = {
  id: 'format/names-look-equal',
  level: 'warning',
  claim: 'No two tensor names are equal after Unicode normalisation',
  why: 'One accented letter has several encodings. To Python the two names are different keys; to a person, and to software that normalises, they are one.',
  case: 'A model whose module names are not ASCII, saved on two systems and merged.',
  fix: 'rename one of the two, or remove the one that is not meant',
}
