import type { Merged } from './merge-shards.ts'
import type { ShardIndex } from './shard-index.ts'

/** Where the tensors are that an index names: looked up once for all that asks. */
export interface IndexRows {
  /** By place in `weight_map`: the row of the tensor of that name; -1 for one that is in no shard. */
  readonly rows: Int32Array
  /** Rows of tensors that the index does not name, in the order of the shards. */
  readonly unlisted: readonly number[]
}

export function indexRows({ weightMap }: ShardIndex, merged: Merged): IndexRows {
  const rows = new Int32Array(weightMap.size)
  let place = 0
  let listed = 0
  for (const name of weightMap.keys()) {
    const row = merged.rows.get(name) ?? -1
    rows[place++] = row
    if (row >= 0) listed++
  }
  const unlisted: number[] = []
  if (listed < merged.rows.size)
    for (const [name, row] of merged.rows) if (!weightMap.has(name)) unlisted.push(row)
  return { rows, unlisted }
}
