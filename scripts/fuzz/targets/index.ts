import type { Target } from '../target.ts'
import { baseline } from './baseline.ts'
import { distributed } from './distributed.ts'
import { header } from './header.ts'
import { index } from './index-json.ts'
import { legacy } from './legacy.ts'
import { lock } from './lock.ts'
import { pickle } from './pickle.ts'
import { policy } from './policy.ts'
import { zip } from './zip.ts'

export { allocation } from '../counted-arrays.ts'

export const targets: readonly Target[] = [
  header,
  index,
  zip,
  pickle,
  legacy,
  distributed,
  policy,
  lock,
  baseline,
]
