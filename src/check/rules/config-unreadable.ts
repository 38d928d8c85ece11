import type { Rule } from '../rule.ts'

export const configUnreadable: Rule = {
  id: 'config/unreadable',
  level: 'warning',
  claim: 'The configuration files beside the weights can be read',
  why: 'Without them what they say of the weights is not checked.',
  case: 'A config.json with NaN or a trailing comma loads in one library and not in the next.',
  fix: 'repair the file, or delete it if it is not used',
}
