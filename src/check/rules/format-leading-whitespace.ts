import type { Rule } from '../rule.ts'

export const formatLeadingWhitespace: Rule = {
  id: 'format/leading-whitespace',
  level: 'warning',
  claim: 'The header of a safetensors file begins with "{"',
  why: 'The format says so, and readers differ in what they do when it does not.',
  case: 'The reference reader takes white space before the header, others refuse it.',
  fix: 'save the file again with the safetensors library',
}
