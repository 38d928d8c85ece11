import type { Rule } from '../rule.ts'

export const torchUnfollowed: Rule = {
  id: 'torch/unfollowed',
  level: 'error',
  claim: 'What torch would load is what is shown',
  why: 'A pickle is a program. torch carries it out, and sdinspect follows it without: where it does what is not followed exactly, torch may load other tensors than a report lists, and a reviewer looks at the wrong ones.',
  case: 'BUILD on a finished tensor gives it other values and another shape in torch.load(weights_only=True), and fails in weights_only=False.',
  fix: 'load the file in a sandbox with torch.load(weights_only=True) and save what comes out again',
}
