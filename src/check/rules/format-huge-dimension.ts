import type { Rule } from '../rule.ts'

export const formatHugeDimension: Rule = {
  id: 'format/huge-dimension',
  level: 'warning',
  claim: 'Every dimension can be told exactly by every reader',
  why: 'A dimension beyond 2^53 is rounded by readers that keep numbers in a double, JavaScript and JSON tools among them.',
  case: 'Shapes with a zero beside a huge dimension hold no bytes, so no size check finds them.',
  fix: 'save the tensor with the shape it really has',
}
