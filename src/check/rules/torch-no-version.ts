import type { Rule } from '../rule.ts'

export const torchNoVersion: Rule = {
  id: 'torch/no-version',
  level: 'warning',
  claim: 'The archive has the version entry torch writes',
  why: 'torch refuses an archive without one.',
  case: 'Archives packed again with a zip tool lose it.',
  fix: 'save the file again with torch.save',
}
