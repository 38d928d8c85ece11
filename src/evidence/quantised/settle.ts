import type { ModuleNode } from '../../model/modules/tree.ts'
import type { PackedSet, Reading } from './packed.ts'

/** A packed weight and where it is. */
export interface Placed {
  readonly set: PackedSet
  readonly node: ModuleNode
}

/**
 * Which reading of each packed weight is right, where its shapes allow several: the one whose inputs its neighbours
 * confirm. First a length that a norm or an embedding of the model has, then the rows of another packed layer of the same
 * block, then the width and group that the settled weights of the same layout have. null where nothing decides, or two
 * neighbours say otherwise and the settled ones are not of one mind.
 *
 * @param lengths of the plain vectors of the model, and of the rows of its plain embeddings
 */
export function settled(
  placed: readonly Placed[],
  lengths: ReadonlySet<number>,
): ReadonlyMap<PackedSet, Reading | null> {
  const chosen = new Map<PackedSet, Reading | null>()
  const outputs = outputsByParent(placed)
  const open: Placed[] = []
  /** A length of the model and the rows of a sibling say otherwise. */
  const disputed: Placed[] = []
  const ways = new Map<string, Map<string, number>>()
  const choose = ({ set }: Placed, reading: Reading): void => {
    chosen.set(set, reading)
    if (reading.group === undefined) return
    const way = `${reading.bits} ${reading.group}`
    const known = ways.get(set.scheme) ?? new Map<string, number>()
    known.set(way, (known.get(way) ?? 0) + 1)
    ways.set(set.scheme, known)
  }
  for (const one of placed) {
    const { readings } = one.set
    const [first] = readings
    if (readings.length <= 1) {
      if (first === undefined) chosen.set(one.set, null)
      else choose(one, first)
      continue
    }
    const siblings = outputs.get(one.node.parent?.index ?? -1)
    const byLength = only(readings, (inputs) => lengths.has(inputs))
    const bySibling = only(
      readings,
      (inputs) => (siblings?.get(inputs) ?? 0) > (one.set.outputs === inputs ? 1 : 0),
    )
    const reading = byLength ?? bySibling
    if (byLength !== null && bySibling !== null && byLength.elements !== bySibling.elements)
      disputed.push(one)
    else if (reading === null) open.push(one)
    else choose(one, reading)
  }
  const isDisputed = new Set(disputed)
  for (const one of [...open, ...disputed]) {
    const { set } = one
    const known = [...(ways.get(set.scheme) ?? [])].sort((a, b) => b[1] - a[1])
    // Between two neighbours the others decide where they are of one mind.
    if (known.length > 1 && isDisputed.has(one)) {
      chosen.set(set, set.likely ?? null)
      continue
    }
    const found = known
      .map(([way]) => set.readings.find(({ bits, group }) => `${bits} ${group}` === way))
      .find((reading) => reading !== undefined)
    chosen.set(set, found ?? set.likely ?? null)
  }
  return chosen
}

/** The one reading whose inputs fit, an even width before an odd one where both give the same count; null for none or several. */
function only(readings: readonly Reading[], fits: (inputs: number) => boolean): Reading | null {
  const fitting = readings.filter(({ inputs }) => inputs !== undefined && fits(inputs))
  if (new Set(fitting.map(({ elements }) => elements)).size !== 1) return null
  return fitting.find(({ bits }) => bits % 2 === 0) ?? (fitting[0] as Reading)
}

/** By block: how many of its packed layers have so many rows. */
function outputsByParent(placed: readonly Placed[]): Map<number, Map<number, number>> {
  const found = new Map<number, Map<number, number>>()
  for (const { set, node } of placed) {
    if (set.outputs === undefined) continue
    const parent = node.parent?.index ?? -1
    const counts = found.get(parent) ?? new Map<number, number>()
    counts.set(set.outputs, (counts.get(set.outputs) ?? 0) + 1)
    found.set(parent, counts)
  }
  return found
}
