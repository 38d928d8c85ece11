import type { Rule } from '../rule.ts'

export const torchPickleProtocol: Rule = {
  id: 'torch/pickle-protocol',
  level: 'warning',
  claim: 'The pickle is of a protocol that exists',
  why: 'An unknown protocol means a writer nobody knows, or damage.',
  case: 'torch writes protocol 2.',
  fix: 'save the file again with torch.save',
}
