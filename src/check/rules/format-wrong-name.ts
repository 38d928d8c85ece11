import type { Rule } from '../rule.ts'

export const formatWrongName: Rule = {
  id: 'format/wrong-name',
  level: 'warning',
  claim: 'The ending of the file says what is in it',
  why: 'Loaders go by the name. A pickle called .safetensors is refused by some and run by those that look inside; a safetensors file called .pt cannot be loaded with torch.load.',
  case: 'Scanners that choose by the ending let a pickle under another name pass.',
  fix: 'give it the name of what it is',
}
