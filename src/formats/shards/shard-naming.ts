import { finding } from '../../findings/finding.ts'
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
    finding('shards/disagreeing-totals', {
      first: first.name,
      of: first.parsed.of,
      other: other.name,
      otherOf: other.parsed.of,
    }),
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
  return [finding('shards/incomplete', { of, there: numbers.size, missing, isIndexed: indexed })]
}
