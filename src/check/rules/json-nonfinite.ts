import type { Rule } from '../rule.ts'

export const jsonNonfinite: Rule = {
  id: 'json/nonfinite',
  level: 'warning',
  claim: 'No value written as text is NaN or infinite',
  why: 'JSON has no such numbers: one library writes them and the next refuses the file. In a weight they make every output NaN.',
  case: 'json.dump of Python writes NaN unless it is told not to.',
  fix: 'find out where the value comes from, and take an earlier checkpoint',
}
