import type { Inspection } from '../../model/inspection.ts'

/** Fewer layers of one place make no majority that one could differ from. */
const fewest = 4

/** A layer that lacks a tensor of its packed weight which the same layer of nearly all other blocks has. */
export interface Lacking {
  /** Of the module. */
  readonly path: string
  readonly leaf: string
  /** A tensor of the layer that is there. */
  readonly of: number
}

/**
 * Compares the packed layers that stand at the same place of numbered blocks (`layers.*.mlp.up_proj`). What of packed
 * weights and their bookkeeping nine of ten of them have, the others lack: their blocks were made by one class and
 * packed by one configuration. Layers that are not packed at all are no peers.
 */
export function* lackingPeers(inspection: Inspection): Iterable<Lacking> {
  const { tree, quantisations } = inspection
  const places = new Map<string, number[]>()
  for (let module = 0; module < tree.size; module++) {
    if (tree.ownCount(module) === 0) continue
    const path = tree.path(module)
    const place = path.replace(/(?<![^.])[0-9]+(?![^.])/g, '*')
    if (place === path) continue
    const peers = places.get(place)
    if (peers === undefined) places.set(place, [module])
    else peers.push(module)
  }
  for (const peers of places.values()) {
    if (peers.length < fewest) continue
    // By leaf, in how many layers it is of a packed weight, and of which type.
    const packed = new Map<string, { count: number; isBeside: boolean; readonly dtype: string | null }>()
    for (const module of peers)
      for (const tensor of tree.ownOf(module)) {
        const quantised = quantisations.at(tensor)
        if (quantised === undefined) continue
        const leaf = tree.leafOf(tensor)
        const known = packed.get(leaf)
        if (known !== undefined) known.count++
        else
          packed.set(leaf, {
            count: 1,
            isBeside: quantised.logicalElements === 0,
            dtype: inspection.table.dtype(tensor),
          })
      }
    const usual = [...packed].filter(
      ([, { count }]) => count < peers.length && count >= Math.min(0.9 * peers.length, peers.length - 1),
    )
    if (usual.length === 0) continue
    for (const module of peers) {
      const own = new Map([...tree.ownOf(module)].map((tensor) => [tree.leafOf(tensor), tensor]))
      const rest = [...own].find(([leaf, tensor]) => {
        const of = packed.get(leaf)
        return of !== undefined && (of.isBeside || of.dtype === inspection.table.dtype(tensor))
      })
      if (rest === undefined) continue
      for (const [leaf] of usual) if (!own.has(leaf)) yield { path: tree.path(module), leaf, of: rest[1] }
    }
  }
}
