import type { OutlineNode, Segment } from '../model/modules/outline.ts'
import type { TreeRows } from './tree-rows.ts'

/** Where a line is: places of children from the top down. */
export type Place = readonly number[]

/**
 * The line of the tensor or module of a name, or of the fold it is in; where it has none, the one nearest above it.
 *
 * @param isTensor or a module
 */
export function placeOf(rows: TreeRows, name: string, isTensor: boolean): Place {
  const place: number[] = []
  let nodes = rows.top
  let rest = name.split('.')
  while (rest.length > 0) {
    const at = nodes.findIndex((node) => leadsTo(node, rest, isTensor))
    const node = nodes[at]
    if (node === undefined) break
    place.push(at)
    if (node.type === 'tensor') break
    rest = rest.slice(node.segments.length)
    if (rest.length > 0) nodes = rows.childrenOf(node)
  }
  return place
}

/** Whether a line is that of a name, or above it. */
function leadsTo({ type, segments }: OutlineNode, rest: readonly string[], isTensor: boolean): boolean {
  if (type === 'tensor') {
    if (!isTensor || segments.length !== rest.length) return false
  } else if (isTensor && segments.length >= rest.length) return false
  // A line may stand for several modules, each the only one in the one before: any of these is it.
  return segments.every((segment, i) => i >= rest.length || stands(segment, rest[i] as string))
}

const namesOf = new WeakMap<Segment, ReadonlySet<string>>()

/** Whether a name is that of a segment, or of one that a fold stands for. */
function stands(segment: Segment, name: string): boolean {
  if (segment.names === undefined) return segment.text === name
  let names = namesOf.get(segment)
  if (names === undefined) {
    names = new Set(segment.names())
    namesOf.set(segment, names)
  }
  return names.has(name)
}
