import { Pairs } from '../../model/tensors/hash.ts'
import type { Rename } from '../difference.ts'
import { sortedShape } from '../shape-change.ts'
import {
  familyKey,
  type LooseModule,
  looseModules,
  type ModuleFamily,
  moduleFamilies,
  modulePairs,
} from './module-families.ts'
import { likeness, nameWords } from './name-likeness.ts'
import type { Pairing } from './pairing.ts'
import { structuralName } from './structural-name.ts'

/** Comparisons of two families in one run; what is left when they are used up is not guessed at. */
const mostComparisons = 400_000
/** Families of one content on both sides, multiplied: with more, names tell too little. */
const mostInBucket = 10_000

/** What two modules must have in common, strictest first. */
const passes = [
  { literal: false, leaves: true, shape: (shape: readonly number[]) => shape.join('x') },
  { literal: false, leaves: true, shape: (shape: readonly number[]) => sortedShape(shape).join('x') },
  { literal: false, leaves: false, shape: (shape: readonly number[]) => shape.join('x') },
  { literal: false, leaves: false, shape: (shape: readonly number[]) => sortedShape(shape).join('x') },
  { literal: true, leaves: true, shape: (shape: readonly number[]) => shape.join('x') },
] as const

/**
 * Pairs modules that have other names and hold the same shapes, block by block: consistent renames. Where
 * several modules hold the same, parents that are paired already, the words of the names and at last the order
 * decide; how sure that is, is kept with the pair.
 */
export function pairFamilies(pairing: Pairing): void {
  const parents = new ParentLinks(pairing)
  const loose = new LooseFamilies(pairing)
  const quotedLeaf = remembered((leaf: string) => JSON.stringify(leaf))
  let budget = mostComparisons
  for (const pass of passes) {
    // Equal shapes are mostly one array.
    const shapeOf = remembered(pass.shape)
    const contentOf = (side: 'a' | 'b') => (module: LooseModule) =>
      module.leaves
        .map(([leaf, index]) => {
          const shape = shapeOf(pairing[side].shape(index))
          return pass.leaves ? `${quotedLeaf(leaf)}:${shape}` : shape
        })
        .sort()
        .join(' ')
    const families = loose.families(pass.literal)
    const a = bucketed(families.a, contentOf('a'))
    // Numbers mean nothing from one list to another: only what is unique is taken module by module.
    if (pass.literal) for (const [key, { length }] of a) if (length > 1) a.delete(key)
    if (a.size === 0) continue
    const b = bucketed(families.b, contentOf('b'))
    const buckets = [...a].flatMap(([key, families]) => {
      const others = b.get(key)
      return others === undefined ? [] : [{ families, others, size: families.length * others.length }]
    })
    // What is unique first: it tells which parents belong together.
    buckets.sort((x, y) => x.size - y.size)
    for (const { families, others, size } of buckets) {
      if (size > mostInBucket || size > budget) continue
      if (pass.literal && size > 1) continue
      budget -= size
      for (const match of matches(families, others, parents, pairing)) pairUp(pairing, parents, match)
    }
  }
}

/** A function that is asked for the same again and again. */
function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    let value = known.get(key)
    if (value === undefined) {
      value = make(key)
      known.set(key, value)
    }
    return value
  }
}

function bucketed(
  families: readonly ModuleFamily[],
  contentOf: (module: LooseModule) => string,
): Map<string, ModuleFamily[]> {
  const buckets = new Map<string, ModuleFamily[]>()
  for (const family of families) {
    const key = familyKey(family, contentOf)
    const bucket = buckets.get(key)
    if (bucket === undefined) buckets.set(key, [family])
    else bucket.push(family)
  }
  return buckets
}

/** The families of both sides. */
interface Sides {
  readonly a: readonly ModuleFamily[]
  readonly b: readonly ModuleFamily[]
}

/**
 * The families of what has no partner, made anew only when pairs have been made since: those that hold what some family of
 * the other side may hold, as far as a glance tells.
 */
class LooseFamilies {
  readonly #pairing: Pairing
  #pairs = -1
  #modules: { readonly a: readonly LooseModule[]; readonly b: readonly LooseModule[] } = { a: [], b: [] }
  readonly #families = new Map<boolean, Sides>()
  /** By a shape's dimensions in order of size: its number. */
  readonly #numbers = new Map<string, number>()
  readonly #numberOf = remembered((shape: readonly number[]): number => {
    const text = sortedShape(shape).join('x')
    const number = this.#numbers.get(text) ?? this.#numbers.size
    this.#numbers.set(text, number)
    return number
  })

  constructor(pairing: Pairing) {
    this.#pairing = pairing
  }

  families(literal: boolean): Sides {
    const pairing = this.#pairing
    if (this.#pairs !== pairing.pairs) {
      this.#pairs = pairing.pairs
      this.#modules = {
        a: looseModules(pairing.a, pairing.aloneInA()),
        b: looseModules(pairing.b, pairing.aloneInB()),
      }
      this.#families.clear()
    }
    let families = this.#families.get(literal)
    if (families === undefined) {
      families = this.#common(
        moduleFamilies(this.#modules.a, literal),
        moduleFamilies(this.#modules.b, literal),
      )
      this.#families.set(literal, families)
    }
    return families
  }

  /** Without those that no pass can put into one bucket with a family of the other side. */
  #common(a: readonly ModuleFamily[], b: readonly ModuleFamily[]): Sides {
    const [glancesA, glancesB] = [
      a.map((family) => this.#glance(family, 'a')),
      b.map((family) => this.#glance(family, 'b')),
    ]
    const [seenA, seenB] = [new Set(glancesA), new Set(glancesB)]
    return {
      a: a.filter((_, index) => seenB.has(glancesA[index] as string)),
      b: b.filter((_, index) => seenA.has(glancesB[index] as string)),
    }
  }

  /** What is equal wherever the keys of two families are, in every pass: see {@link familyKey}. */
  #glance({ modules }: ModuleFamily, side: 'a' | 'b'): string {
    const arity = modules[0]?.numbers.length ?? 0
    let first: string | number | undefined
    for (const module of modules) {
      const content = this.#contentOf(module, side)
      first ??= content
      if (content !== first) return `${arity} several`
    }
    return `${arity} ${first}`
  }

  /** The shapes of a module, in no order. */
  #contentOf({ leaves }: LooseModule, side: 'a' | 'b'): string | number {
    const numbers = leaves.map(([, index]) => this.#numberOf(this.#pairing[side].shape(index)))
    return numbers.length === 1 ? (numbers[0] as number) : numbers.sort((x, y) => x - y).join()
  }
}

interface Match {
  readonly a: ModuleFamily
  readonly b: ModuleFamily
  readonly by: Rename['by']
}

interface Candidate {
  readonly a: ModuleFamily
  readonly b: ModuleFamily
  readonly fit: Fit
}

/** What speaks for two families being one. */
interface Fit {
  /** Their own names, their parents, the numbers of their blocks. */
  readonly score: number
  /** All the words of their paths: decides between equals. */
  readonly path: number
}

/** Which families of one content are which: the best candidates first. */
function matches(
  families: readonly ModuleFamily[],
  others: readonly ModuleFamily[],
  parents: ParentLinks,
  pairing: Pairing,
): Match[] {
  const [a, b] = [families[0], others[0]]
  if (a === undefined || b === undefined) return []
  if (families.length === 1 && others.length === 1) {
    const fit = fitOf(a, b, parents)
    const speaks = fit !== null && (fit.score > 0 || tellsApart(a, pairing))
    return speaks ? [{ a, b, by: 'structure' }] : []
  }
  const candidates = families.flatMap((x) =>
    others.flatMap((y): Candidate[] => {
      const fit = fitOf(x, y, parents)
      return fit === null || fit.score === 0 ? [] : [{ a: x, b: y, fit }]
    }),
  )
  // The order tells equals apart when everything may be everything, and nothing is left over.
  const inOrder =
    pairing.isOrdered &&
    families.length === others.length &&
    candidates.length === families.length * others.length
  const found = bestMatches(candidates, inOrder)
  return [...found, ...lastMatch(families, others, found, parents, pairing)]
}

/** Each family once, the best first. Between equals the whole paths decide, and then the order where it can. */
function bestMatches(candidates: readonly Candidate[], inOrder: boolean): Match[] {
  const best = [...candidates].sort(
    (x, y) =>
      y.fit.score - x.fit.score ||
      (inOrder ? 0 : y.fit.path - x.fit.path) ||
      x.a.order - y.a.order ||
      x.b.order - y.b.order,
  )
  const equals = new Map<string, number>()
  const keysOf = ({ a, b, fit }: Candidate) => {
    const fits = inOrder ? `${fit.score}` : `${fit.score} ${fit.path}`
    return [`a ${a.order} ${fits}`, `b ${b.order} ${fits}`]
  }
  for (const candidate of best)
    for (const key of keysOf(candidate)) equals.set(key, (equals.get(key) ?? 0) + 1)
  const taken = new Set<ModuleFamily>()
  const found: Match[] = []
  for (const candidate of best) {
    const { a, b } = candidate
    if (taken.has(a) || taken.has(b)) continue
    const ties = keysOf(candidate).some((key) => (equals.get(key) ?? 0) > 1)
    if (ties && (!inOrder || !areInterchangeable(candidate, best, taken))) continue
    taken.add(a)
    taken.add(b)
    found.push({ a, b, by: ties ? 'order' : 'name' })
  }
  return found
}

/** Whether those that fit as well as these two are as many on both sides, and each fits each: then their order is all there is. */
function areInterchangeable(
  { fit }: Candidate,
  candidates: readonly Candidate[],
  taken: ReadonlySet<ModuleFamily>,
): boolean {
  const equal = candidates.filter(
    (one) => one.fit.score === fit.score && !taken.has(one.a) && !taken.has(one.b),
  )
  const [a, b] = [new Set(equal.map((one) => one.a)), new Set(equal.map((one) => one.b))]
  return a.size === b.size && equal.length === a.size * b.size
}

/** What is left over on both sides when all others are found, if it is one matrix or more. */
function lastMatch(
  families: readonly ModuleFamily[],
  others: readonly ModuleFamily[],
  found: readonly Match[],
  parents: ParentLinks,
  pairing: Pairing,
): Match[] {
  if (found.length === 0 || families.length - found.length !== 1 || others.length - found.length !== 1)
    return []
  const a = families.find((family) => found.every((match) => match.a !== family))
  const b = others.find((family) => found.every((match) => match.b !== family))
  if (a === undefined || b === undefined || !tellsApart(a, pairing)) return []
  return fitOf(a, b, parents) === null ? [] : [{ a, b, by: 'name' }]
}

/** null where the two cannot be one; a score of 0 where nothing speaks for it. */
function fitOf(a: ModuleFamily, b: ModuleFamily, parents: ParentLinks): Fit | null {
  const numbers = new Set(a.modules.map((module) => module.numbers.join()))
  const shared = b.modules.filter((module) => numbers.has(module.numbers.join())).length
  if (shared === 0) return null
  // Numbers that two libraries count from others mean other blocks.
  if (shared < Math.min(a.modules.length, b.modules.length)) return null
  const own = likeness(a.ownWords, b.ownWords)
  const path = likeness(a.words, b.words)
  const link = parents.link(a.template, b.template)
  if (link === 'other' && own < 0.5) return null
  if (own + path === 0 && link !== 'same') return { score: 0, path: 0 }
  const overlap = shared / Math.max(a.modules.length, b.modules.length)
  return { score: 4 * own + (link === 'same' ? 3 : link === 'other' ? -2 : 0) + overlap, path }
}

/** Whether the shapes alone say enough: a lone vector is anybody's. */
function tellsApart({ modules }: ModuleFamily, pairing: Pairing): boolean {
  const [first] = modules
  if (first === undefined) return false
  if (modules.length > 1 && first.leaves.length > 1) return true
  return first.leaves.some(([, index]) => pairing.a.shape(index).length > 1)
}

function pairUp(pairing: Pairing, parents: ParentLinks, { a, b, by }: Match): void {
  let paired = false
  for (const [x, y] of modulePairs(a, b))
    for (const [indexOfA, indexOfB] of leafPairs(x, y, pairing))
      if (pairing.pair(indexOfA, indexOfB, by)) paired = true
  if (paired) parents.learn(a.template, b.template)
}

/** Leaves of the same name; the others by words, shape and order. */
function leafPairs(a: LooseModule, b: LooseModule, pairing: Pairing): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = []
  const left = new Map(b.leaves)
  const open: (readonly [string, number])[] = []
  for (const [leaf, index] of a.leaves) {
    const same = left.get(leaf)
    if (same === undefined) open.push([leaf, index])
    else {
      pairs.push([index, same])
      left.delete(leaf)
    }
  }
  if (open.length > 32) return pairs
  for (const [leaf, index] of open) {
    const shape = sortedShape(pairing.a.shape(index)).join()
    const words = nameWords(leaf)
    let best: { leaf: string; index: number; score: number } | undefined
    for (const [other, otherIndex] of left) {
      if (sortedShape(pairing.b.shape(otherIndex)).join() !== shape) continue
      const score = likeness(words, nameWords(other))
      if (best === undefined || score > best.score) best = { leaf: other, index: otherIndex, score }
    }
    if (best === undefined) continue
    left.delete(best.leaf)
    pairs.push([index, best.index])
  }
  return pairs
}

/** Which parents of `a` are which of `b`, by their templates. */
class ParentLinks {
  readonly #links = new Map<string, string>()
  readonly #pairing: Pairing
  #isRead = false

  constructor(pairing: Pairing) {
    this.#pairing = pairing
  }

  /** What the pairs show that were there before any of families. Looked at when two families are first compared. */
  #read(): void {
    this.#isRead = true
    const { a, b } = this.#pairing
    const [ownersA, ownersB] = [a.inspection.tree.owners, b.inspection.tree.owners]
    const modules = new Pairs()
    const isKnown: boolean[] = []
    const seen = new Set<string>()
    this.#pairing.forEach((indexOfA, indexOfB) => {
      const [ownerA, ownerB] = [ownersA[indexOfA] as number, ownersB[indexOfB] as number]
      // Names without a dot may have other separators: the last segment does not stand for itself then.
      const isPlain = ownerA !== 0 && ownerB !== 0
      const both = isPlain ? modules.id(ownerA, ownerB) : -1
      if (isKnown[both]) return
      const names = [a.name(indexOfA), b.name(indexOfB)]
      if (names.some(({ length }) => length > 1_000)) return
      if (isPlain) isKnown[both] = true
      const [pathA, pathB] = names.map((each) => withoutNumbers(parentOf(structuralName(each)))) as [
        string,
        string,
      ]
      const key = `${pathA.length} ${pathA}${pathB}`
      if (seen.has(key)) return
      seen.add(key)
      this.learn(pathA, pathB)
    })
  }

  link(a: string, b: string): 'same' | 'other' | 'unknown' {
    if (!this.#isRead) this.#read()
    const [parentA, parentB] = [parentOf(withoutNumbers(a)), parentOf(withoutNumbers(b))]
    const known = this.#links.get(parentA)
    if (known === undefined) return parentA === parentB && parentA !== '' ? 'same' : 'unknown'
    return known === parentB ? 'same' : 'other'
  }

  /** Two modules are one, and so are what holds them. */
  learn(a: string, b: string): void {
    let [x, y] = [parentOf(withoutNumbers(a)), parentOf(withoutNumbers(b))]
    while (x !== '' && y !== '' && !this.#links.has(x)) {
      this.#links.set(x, y)
      ;[x, y] = [parentOf(x), parentOf(y)]
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')))
}

function withoutNumbers(path: string): string {
  return path.replaceAll(/(?<=^|\.)[0-9]+(?=\.|$)/g, '#')
}
