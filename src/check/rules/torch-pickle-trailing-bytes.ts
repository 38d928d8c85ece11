import type { Rule } from '../rule.ts'

export const torchPickleTrailingBytes: Rule = {
  id: 'torch/pickle-trailing-bytes',
  level: 'warning',
  claim: 'Nothing follows the end of the pickle',
  why: 'torch does not read it, so nobody notices what is there.',
  case: 'Payloads for scanners and other loaders have been put behind the end.',
  fix: 'save the file again with torch.save',
}
