import { averagedList } from './averaged-list.ts'
import { buffersDoNotTrain } from './buffers-do-not-train.ts'
import { countEquation } from './count-equation.ts'
import { optimizerAlignment } from './optimizer-alignment.ts'
import { orderRule } from './order-rule.ts'
import type { CarryRule } from './rule.ts'
import { ties } from './ties.ts'

/** In the order they run in each round. */
export const carryRules: readonly CarryRule[] = [
  optimizerAlignment,
  averagedList,
  orderRule,
  countEquation,
  ties,
  buffersDoNotTrain,
]
