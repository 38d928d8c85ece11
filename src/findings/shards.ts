import { entry } from './entry.ts'
import { counted, nameList } from './name-list.ts'

export const shardsFindings = {
  'shards/broken': entry({
    level: 'error',
    message: ({ problem }: { problem: string; hint: string | null }) => `cannot be read: ${problem}`,
    fixOf: ({ hint }) => hint ?? 'download the shard again',
    about: ['file'],
  }),
  'shards/copy': entry({
    level: 'warning',
    message: ({ original }: { original: string }) =>
      `by its name this is a copy of ${original}, which no loader looks at`,
    fixOf: 'delete the copy',
    about: ['file'],
  }),
  'shards/disagreeing-totals': entry({
    level: 'error',
    message: ({ first, of, other, otherOf }: { first: string; of: number; other: string; otherOf: number }) =>
      `${first} is one of ${of} shards, and ${other} one of ${otherOf}`,
    fixOf: 'two saves are mixed up here: keep the shards of one',
  }),
  'shards/duplicate-tensor': entry({
    level: 'error',
    message: ({ tensors, first, second }: { tensors: readonly string[]; first: string; second: string }) =>
      `${counted(tensors, 'a tensor is', 'tensors are')} both in ${first} and in ${second}: ${nameList(tensors)}`,
    fixOf: 'loaders take the one they read last: delete the shard that does not belong here',
  }),
  'shards/hard-link': entry({
    level: 'info',
    message: ({ shards }: { shards: readonly string[] }) =>
      `${counted(shards, 'a shard has', 'shards have')} another name elsewhere on the disk (hard link): ${nameList(shards)}`,
  }),
  'shards/stated-tensors': entry({
    level: 'error',
    message: ({ stated, there }: { stated: number; there: number }) =>
      `the file says that all parts together hold ${stated} tensors, and they hold ${there}`,
    fixOf: 'two sets are mixed up here, or one was written by halves: fetch the parts again',
    about: ['file'],
  }),
  'shards/incomplete': entry({
    level: 'error',
    message: ({ of, there, missing, isIndexed }: Gap) => {
      const where = isIndexed ? 'in the index' : 'here'
      const lost = of - there
      const more = lost > missing.length ? ` and ${lost - missing.length} more` : ''
      return `by their names there are ${of} shards, and ${there} ${there === 1 ? 'is' : 'are'} ${where}: number ${missing.join(', ')}${more} ${lost === 1 ? 'is' : 'are'} missing`
    },
    levelOf: ({ isIndexed }) => (isIndexed ? 'warning' : 'error'),
    fixOf: ({ isIndexed }) => (isIndexed ? null : 'download the missing shards'),
  }),
  'shards/no-index': entry({
    // Loaders that take every file of a folder do without.
    level: 'info',
    message: ({ index, shards }: { index: string; shards: number }) =>
      `${shards} shards, and no ${index}: transformers looks for the index, and finds no weights without it`,
    fixOf: 'download the index, or save the model again with save_pretrained',
  }),
  'shards/one-of-several': entry({
    level: 'info',
    message: ({ number, of }: { number: number; of: number }) =>
      `by its name this is shard ${number} of ${of}`,
    fixOf: 'give the index, the folder or all shards for the whole model',
  }),
}

type Gap = {
  of: number
  there: number
  /** The first of the numbers that are not there. */
  missing: readonly string[]
  /** An index names those that are there: a gap is then odd, and no loss. */
  isIndexed: boolean
}
