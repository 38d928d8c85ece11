import type { ConvertedAs, PublishedName, PublishedNames } from '../../formats/published-names.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import type { ComparedTensors } from '../compared-tensors.ts'
import type { Fusion } from '../difference.ts'
import { sortedShape } from '../shape-change.ts'
import type { Pairing } from './pairing.ts'

/** What converters into the format of each side publish of its names; undefined where they publish nothing. */
export type PublishedSides = readonly [a: PublishedNames | undefined, b: PublishedNames | undefined]

/** A tensor of the other library, and the tensors of the format that it may be. */
interface Open {
  readonly index: number
  readonly names: readonly PublishedName[]
}

/**
 * Pairs tensors of one side with those of the other by the names that converters publish, where one side is of such a
 * format and the other is not. A tensor with one candidate takes it first, and what is left has fewer; where names leave
 * several, the shape decides or nothing does.
 *
 * @returns the tensors that hold several of the other side, which are set aside in `pairing`
 */
export function pairPublished(pairing: Pairing, [a, b]: PublishedSides): Fusion[] {
  const published = a === undefined ? b : b === undefined ? a : undefined
  if (published === undefined) return []
  const sides = new Sides(pairing, published === a ? 'a' : 'b')
  const open: Open[] = []
  const stacks = new Map<number, (readonly [part: number, index: number])[]>()
  for (const index of sides.theirsAlone()) {
    const names = published
      .candidates(sides.theirs.name(index))
      .filter(({ name }) => sides.isFree(sides.ourIndex(name)))
    const [first] = names
    if (first !== undefined && first.part === null) open.push({ index, names })
    else if (first?.part !== undefined && first.part !== null) {
      const whole = sides.ourIndex(first.name)
      const parts = stacks.get(whole)
      if (parts === undefined) stacks.set(whole, [[first.part, index]])
      else parts.push([first.part, index])
    }
  }
  settle(open, sides)
  return [...stacked(stacks, sides), ...split(published, sides)]
}

/** The tensors of `pairing` whose values a converter changed, by both names. */
export function convertedTensors(
  pairing: Pairing,
  [a, b]: PublishedSides,
): { readonly a: string; readonly b: string; readonly how: ConvertedAs }[] {
  const published = a === undefined ? b : b === undefined ? a : undefined
  if (published === undefined) return []
  return pairing.names().flatMap(([nameA, nameB]) => {
    const how = published.convertedAs(published === a ? nameA : nameB)
    return how === null || nameA === nameB ? [] : [{ a: nameA, b: nameB, how }]
  })
}

/** The two sides of a pairing, as that of the format and that of the other library. */
class Sides {
  readonly ours: ComparedTensors
  readonly theirs: ComparedTensors
  readonly #pairing: Pairing
  readonly #side: 'a' | 'b'
  readonly #indices = new Map<string, number>()

  constructor(pairing: Pairing, side: 'a' | 'b') {
    this.#pairing = pairing
    this.#side = side
    this.ours = pairing[side]
    this.theirs = pairing[side === 'a' ? 'b' : 'a']
    for (let index = 0; index < this.ours.length; index++) this.#indices.set(this.ours.name(index), index)
  }

  get fused(): 'a' | 'b' {
    return this.#side
  }

  theirsAlone(): number[] {
    return this.#side === 'a' ? this.#pairing.aloneInB() : this.#pairing.aloneInA()
  }

  /** -1 for a name that the format's side has not. */
  ourIndex(name: string): number {
    return this.#indices.get(name) ?? -1
  }

  isFree(ourIndex: number): boolean {
    return ourIndex >= 0 && this.#pairing.isAlone(this.#side, ourIndex)
  }

  pair(ourIndex: number, theirIndex: number): void {
    const [a, b] = this.#side === 'a' ? [ourIndex, theirIndex] : [theirIndex, ourIndex]
    this.#pairing.pair(a, b, 'published')
  }

  setAside(ourIndices: readonly number[], theirIndices: readonly number[]): void {
    const [a, b] = this.#side === 'a' ? [ourIndices, theirIndices] : [theirIndices, ourIndices]
    this.#pairing.setAside(a, b)
  }
}

/** Rounds in which what has one candidate takes it: each frees what others could have been. */
const mostRounds = 4

function settle(open: readonly Open[], sides: Sides): void {
  let left = open
  for (let round = 0; round < mostRounds && left.length > 0; round++) {
    const free = left.map(({ index, names }) => ({
      index,
      names: names.filter(({ name }) => sides.isFree(sides.ourIndex(name))),
    }))
    const claims = new Map<string, Open[]>()
    for (const one of free) {
      const [only, second] = one.names
      if (only === undefined || second !== undefined) continue
      const known = claims.get(only.name)
      if (known === undefined) claims.set(only.name, [one])
      else known.push(one)
    }
    for (const [name, claimants] of claims) {
      const taker = foremost(claimants)
      if (taker !== null) sides.pair(sides.ourIndex(name), taker.index)
    }
    const next = free.filter(({ names }) => names.length > 1)
    if (claims.size === 0 || next.length === left.length) {
      left = next
      break
    }
    left = next
  }
  for (const { index, names } of left) {
    const shape = sortedShape(sides.theirs.shape(index)).join()
    const fitting = names.filter(({ name }) => {
      const ours = sides.ourIndex(name)
      return sides.isFree(ours) && sortedShape(sides.ours.shape(ours)).join() === shape
    })
    const [only, second] = fitting
    if (only !== undefined && second === undefined) sides.pair(sides.ourIndex(only.name), index)
  }
}

/** Of those that claim one name: the only one, or the only one whose name was looked up as it stands. */
function foremost(claimants: readonly Open[]): Open | null {
  const plain = claimants.filter(({ names }) => names[0]?.isAdapted === false)
  const [only, second] = plain.length === 0 ? claimants : plain
  return second === undefined ? (only ?? null) : null
}

/** Experts, and norms of heads, that one tensor of the format holds, in the order of their numbers. */
function stacked(
  stacks: ReadonlyMap<number, readonly (readonly [part: number, index: number])[]>,
  sides: Sides,
): Fusion[] {
  const fusions: Fusion[] = []
  for (const [whole, unordered] of stacks) {
    const shape = sides.ours.shape(whole)
    const parts = [...unordered].sort(([x], [y]) => x - y)
    const isComplete = parts.length === shape[0] && parts.every(([part], at) => part === at)
    const fits = parts.every(([, index]) => sameShape(sides.theirs.shape(index), shape.slice(1)))
    if (!sides.isFree(whole) || !isComplete || !fits) continue
    const indices = parts.map(([, index]) => index)
    sides.setAside([whole], indices)
    fusions.push({
      fused: sides.fused,
      whole: sides.ours.name(whole),
      wholeShape: shape,
      parts: indices.map((index) => sides.theirs.name(index)),
      partShapes: indices.map((index) => sides.theirs.shape(index)),
      dimension: 0,
      stacked: true,
    })
  }
  return fusions
}

/** Tensors of the other library that the format keeps in parts, where the shapes add up. */
function split(published: PublishedNames, sides: Sides): Fusion[] {
  const fusions: Fusion[] = []
  for (const index of sides.theirsAlone()) {
    const names = published.splitInto(sides.theirs.name(index))
    const parts = names.map((name) => sides.ourIndex(name))
    if (parts.length === 0 || !parts.every((part) => sides.isFree(part))) continue
    const shape = sides.theirs.shape(index)
    const partShapes = parts.map((part) => sides.ours.shape(part))
    const place = placeOfParts(shape, partShapes)
    if (place === null) continue
    sides.setAside(parts, [index])
    fusions.push({
      fused: sides.fused === 'a' ? 'b' : 'a',
      whole: sides.theirs.name(index),
      wholeShape: shape,
      parts: names,
      partShapes,
      dimension: place.dimension,
      stacked: false,
      ...(place.isTransposed ? { transposed: true as const } : {}),
    })
  }
  return fusions
}

/** The dimension of the whole along which the parts lie; with their last two swapped, where they are kept so. */
function placeOfParts(
  whole: readonly number[],
  parts: readonly (readonly number[])[],
): { readonly dimension: number; readonly isTransposed: boolean } | null {
  for (const isTransposed of [false, true]) {
    const shapes = isTransposed ? parts.map(swapped) : parts
    const dimension = whole.findIndex(
      (size, at) =>
        shapes.every(
          (shape) => shape.length === whole.length && shape.every((n, i) => i === at || n === whole[i]),
        ) && shapes.reduce((sum, shape) => sum + (shape[at] ?? 0), 0) === size,
    )
    if (dimension >= 0) return { dimension, isTransposed }
  }
  return null
}

function swapped(shape: readonly number[]): readonly number[] {
  const [last, before] = [shape.at(-1), shape.at(-2)]
  return last === undefined || before === undefined ? shape : [...shape.slice(0, -2), last, before]
}
