import type { Rule } from '../rule.ts'

export const torchTrailingBytes: Rule = {
  id: 'torch/trailing-bytes',
  level: 'warning',
  claim: 'Nothing follows the last storage',
  why: 'No loader reads it, so nobody notices what is there.',
  case: 'Uploads glued together, and files written over longer ones.',
  fix: 'save the file again with torch.save',
}
