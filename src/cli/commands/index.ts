import type { Command } from '../command.ts'
import { browse } from './browse.ts'
import { check } from './check.ts'
import { code } from './code.ts'
import { completion } from './completion.ts'
import { diff } from './diff.ts'
import { digest } from './digest.ts'
import { explain } from './explain.ts'
import { init } from './init.ts'
import { inspect } from './inspect.ts'
import { lock } from './lock.ts'
import { buffers, ls, params } from './ls.ts'
import { merge } from './merge.ts'
import { report } from './report.ts'
import { schema } from './schema.ts'
import { stats } from './stats.ts'
import { tree } from './tree.ts'
import { why } from './why.ts'

/** Every command, in the order help shows them. The first is the default. */
export const commands: readonly Command[] = [
  inspect,
  ls,
  params,
  buffers,
  tree,
  browse,
  why,
  stats,
  merge,
  diff,
  digest,
  code,
  lock,
  check,
  init,
  explain,
  report,
  schema,
  completion,
]
