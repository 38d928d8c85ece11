import { type Inspection, inspectionOf } from '../model/inspection.ts'
import type { OutlineNode, Segment } from '../model/outline.ts'
import { compilePattern, isName, type Matcher } from '../model/pattern.ts'
import type { StateDictReport } from '../model/report.ts'
import type { TreeRows } from './tree-rows.ts'

/** Where a line is: places of children from the top down. */
export type Place = readonly number[]

/** The lines that hold what fits, from the top down. */
export interface Found {
  readonly places: readonly Place[]
  /** Tensors that fit. */
  readonly tensors: number
  /** Whether there are more lines than were gathered. */
  readonly isCut: boolean
}

/** Tensors that fit and are looked up in the tree. */
const mostFound = 5_000

/**
 * The matcher of what was typed, anywhere in a name: a pattern as `--keep` takes it, or, where it has none of its signs, a text
 * in upper or lower case.
 *
 * @throws SdinspectError `usage/pattern`
 */
export function searchFor(text: string): Matcher {
  if (!isName(text)) return compilePattern(`**${text}**`)
  const wanted = text.toLowerCase()
  return (name) => name.toLowerCase().includes(wanted)
}

/** Every line with a tensor whose name fits. Of a fold it is one line, whichever of its members fits. */
export function find(stateDict: StateDictReport, rows: TreeRows, fits: Matcher): Found {
  const inspection = inspectionOf(stateDict)
  const { table } = inspection
  const finder = new Finder(rows)
  const places = new Map<string, Place>()
  let tensors = 0
  for (let index = 0; index < inspection.length; index++) {
    const name = table.name(index)
    if (!fits(name)) continue
    tensors++
    if (tensors > mostFound) continue
    const place = finder.placeOf(name.split('.'), inspection, index)
    if (place !== null) places.set(place.join(), place)
  }
  return {
    places: [...places.values()].sort(inOrder),
    tensors,
    isCut: tensors > mostFound,
  }
}

/** Lines above come first, and a module before what is in it. */
export function inOrder(a: Place, b: Place): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++)
    if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number)
  return a.length - b.length
}

/** Finds the line of a tensor by its name. */
class Finder {
  readonly #rows: TreeRows
  /** By list of lines: those of one plain first segment, and those of folds. */
  readonly #indexes = new Map<readonly OutlineNode[], Index>()

  constructor(rows: TreeRows) {
    this.#rows = rows
  }

  placeOf(name: readonly string[], inspection: Inspection, index: number): Place | null {
    const place: number[] = []
    let nodes = this.#rows.top
    let rest = name
    for (;;) {
      const found = this.#among(nodes, rest, inspection, index)
      if (found === null) return null
      place.push(found.at)
      const node = nodes[found.at] as OutlineNode
      if (node.type === 'tensor') return place
      rest = rest.slice(node.segments.length)
      nodes = this.#rows.childrenOf(node)
    }
  }

  #among(
    nodes: readonly OutlineNode[],
    rest: readonly string[],
    inspection: Inspection,
    index: number,
  ): { at: number } | null {
    let known = this.#indexes.get(nodes)
    if (known === undefined) {
      known = indexOf(nodes)
      this.#indexes.set(nodes, known)
    }
    for (const at of [...(known.plain.get(rest[0] ?? '') ?? []), ...known.folded]) {
      const node = nodes[at] as OutlineNode
      if (node.type === 'tensor') {
        const isIt = node.tensor.name === inspection.table.name(index)
        if (isIt || (node.segments.length === rest.length && fitsAll(node.segments, rest))) return { at }
      } else if (node.segments.length < rest.length && fitsAll(node.segments, rest)) return { at }
    }
    return null
  }
}

interface Index {
  readonly plain: Map<string, number[]>
  readonly folded: number[]
}

function indexOf(nodes: readonly OutlineNode[]): Index {
  const plain = new Map<string, number[]>()
  const folded: number[] = []
  nodes.forEach(({ segments }, at) => {
    const [first] = segments
    if (first === undefined || first.folded) folded.push(at)
    else {
      const same = plain.get(first.text)
      if (same === undefined) plain.set(first.text, [at])
      else same.push(at)
    }
  })
  return { plain, folded }
}

function fitsAll(segments: readonly Segment[], names: readonly string[]): boolean {
  return segments.every((segment, i) => stands(segment, names[i] as string))
}

const namesOf = new WeakMap<Segment, ReadonlySet<string>>()

function stands(segment: Segment, name: string): boolean {
  if (segment.names === undefined) return segment.text === name
  let names = namesOf.get(segment)
  if (names === undefined) {
    names = new Set(segment.names())
    namesOf.set(segment, names)
  }
  return names.has(name)
}
