import type { Rule } from '../rule.ts'

export const shardsOneOfSeveral: Rule = {
  id: 'shards/one-of-several',
  level: 'info',
  claim: 'The whole model is looked at, not one shard of it',
  why: 'What is said of one shard is not said of the model, and rules about the whole model are passed over.',
  case: 'pre-commit hands a long list of files to several processes, and each sees some of the shards.',
  fix: 'give the index, the folder or all shards',
}
