import type { Rule } from '../rule.ts'

export const shardsHardLink: Rule = {
  id: 'shards/hard-link',
  level: 'info',
  claim: 'Every shard is a file of its own',
  why: 'A shard with another name elsewhere on the disk changes when that one is changed in place. Caches link files on purpose.',
  case: 'Package managers and the caches of model hubs make hard links.',
  fix: 'copy the files if somebody may write to the other name',
}
