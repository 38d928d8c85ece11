import type { Finding } from '../../model/finding.ts'
import { addTo } from './merge-shards.ts'
import { type ShardName, shardName } from './shard-name.ts'

/**
 * What the names of a set of shards (`-00001-of-00005`) say of its completeness.
 *
 * @param indexed an index names them: a gap is then odd, not a loss
 */
export function checkShardNaming(names: readonly string[], indexed: boolean): Finding[] {
  const sets = new Map<string, { name: string; parsed: ShardName }[]>()
  for (const name of names) {
    const parsed = shardName(name)
    if (parsed !== undefined) addTo(sets, parsed.set, { name, parsed })
  }
  return [...sets.values()].flatMap((set) => disagreement(set) ?? gaps(set, indexed))
}

function disagreement(set: readonly { name: string; parsed: ShardName }[]): Finding[] | undefined {
  const [first] = set
  const other = set.find(({ parsed }) => parsed.of !== first?.parsed.of)
  if (first === undefined || other === undefined) return undefined
  return [
    {
      rule: 'shards/disagreeing-totals',
      level: 'error',
      message: `${first.name} is one of ${first.parsed.of} shards, and ${other.name} one of ${other.parsed.of}`,
      fix: 'two saves are mixed up here: keep the shards of one',
    },
  ]
}

function gaps(set: readonly { name: string; parsed: ShardName }[], indexed: boolean): Finding[] {
  const of = set[0]?.parsed.of ?? 0
  const numbers = new Set(set.map(({ parsed }) => parsed.number))
  if (numbers.size >= of) return []
  // Some writers count from 0, most from 1: either is complete.
  const from = numbers.has(0) ? 0 : 1
  const missing: string[] = []
  for (let number = from; number < from + of && missing.length < 10; number++) {
    if (!numbers.has(number)) missing.push(String(number))
  }
  const lost = of - numbers.size
  const more = lost > missing.length ? ` and ${lost - missing.length} more` : ''
  return [
    {
      rule: 'shards/incomplete',
      level: indexed ? 'warning' : 'error',
      message: `by their names there are ${of} shards, and ${numbers.size} ${numbers.size === 1 ? 'is' : 'are'} ${indexed ? 'in the index' : 'here'}: number ${missing.join(', ')}${more} ${lost === 1 ? 'is' : 'are'} missing`,
      ...(indexed ? {} : { fix: 'download the missing shards' }),
    },
  ]
}
