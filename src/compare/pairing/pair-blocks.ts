import { leafName } from '../../model/modules/tree.ts'
import type { ComparedTensors } from '../compared-tensors.ts'
import { sameDimensions, sortedShape } from '../shape-change.ts'
import { likeness, nameWords, plainWords } from './name-likeness.ts'
import type { Pairing } from './pairing.ts'
import { structuralName } from './structural-name.ts'

/** Tensors in a difference beyond which blocks are not walked, and rounds of the walk: each finds less than the last. */
const mostTensors = 100_000
const mostRounds = 4
/** Modules without a partner in one block. A block of more tells little by being alone in it. */
const mostInBlock = 64
/** How far up from a tensor blocks are looked for. */
const deepest = 12

/** Modules of one side, by path, with dots for other separators and numbers apart. */
interface Side {
  /** Structural segments of each tensor's module. */
  readonly modules: readonly (readonly string[])[]
}

/**
 * Pairs what is left inside blocks that are known to be one: blocks whose paired tensors are in each other. A module
 * that is the only one of its shapes in both is the same; of several, the two whose names are the most alike, where
 * no other comes as near. Goes on until nothing more is found.
 */
export function pairBlocks(pairing: Pairing): void {
  if (pairing.a.length + pairing.b.length > mostTensors) return
  if (pairing.pairs === 0 || pairing.pairs === pairing.a.length || pairing.pairs === pairing.b.length) return
  const sides = { a: sideOf(pairing.a), b: sideOf(pairing.b) }
  for (let round = 0; round < mostRounds; round++) {
    const before = pairing.pairs
    for (const [blockA, blockB] of blocksOf(pairing, sides)) pairInBlock(pairing, sides, blockA, blockB)
    if (pairing.pairs === before) return
  }
}

function sideOf(tensors: ComparedTensors): Side {
  const moduleOf = (_: unknown, index: number) =>
    structuralName(tensors.name(index).slice(0, 1_000)).split('.').slice(0, -1)
  return { modules: Array.from({ length: tensors.length }, moduleOf) }
}

/** Blocks of both sides that are one, the innermost first: all that is paired in the one is in the other. */
function blocksOf(
  pairing: Pairing,
  sides: { readonly a: Side; readonly b: Side },
): (readonly [string, string])[] {
  const forth = commonBlocks(sides.a, sides.b, (index) => pairing.partnerOfA(index))
  const back = commonBlocks(sides.b, sides.a, (index) => pairing.partnerOfB(index))
  const found: (readonly [string, string])[] = []
  for (const [a, b] of forth) if (back.get(b) === a) found.push([a, b])
  // Of blocks of which one module alone is known, that module has a name of its own: they are around it.
  const taken = { a: new Set(found.map(([a]) => a)), b: new Set(found.map(([, b]) => b)) }
  for (const [a, b] of [...found]) {
    const [outerA, outerB] = [withoutLast(a), withoutLast(b)]
    if (outerA === null || outerB === null || a.slice(outerA.length) !== b.slice(outerB.length)) continue
    const isKnown = taken.a.has(outerA) || taken.b.has(outerB)
    if (isKnown || forth.get(outerA) !== b || back.get(outerB) !== a) continue
    taken.a.add(outerA)
    taken.b.add(outerB)
    found.push([outerA, outerB])
  }
  return found.sort(([x], [y]) => depthOf(y) - depthOf(x))
}

/** The block around one; null where that is all there is, or a list by its number. */
function withoutLast(path: string): string | null {
  const dot = path.lastIndexOf('.')
  return dot < 0 || /^\d+$/.test(path.slice(dot + 1)) ? null : path.slice(0, dot)
}

const depthOf = (path: string) => (path === '' ? 0 : path.split('.').length)

/** For each block of one side: the innermost block of the other that has the partners of all in it. */
function commonBlocks(side: Side, other: Side, partnerOf: (index: number) => number): Map<string, string> {
  const common = new Map<string, readonly string[]>()
  side.modules.forEach((segments, index) => {
    const partner = partnerOf(index)
    if (partner < 0) return
    const there = other.modules[partner] ?? []
    for (let length = Math.min(segments.length, deepest); length >= 0; length--) {
      const block = segments.slice(0, length).join('.')
      const known = common.get(block)
      if (known === undefined) common.set(block, there)
      else if (known.length > 0) common.set(block, shared(known, there))
    }
  })
  return new Map([...common].map(([block, segments]) => [block, segments.join('.')]))
}

function shared(a: readonly string[], b: readonly string[]): readonly string[] {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length === a.length ? a : a.slice(0, length)
}

interface Loose {
  readonly module: string
  readonly indices: readonly number[]
  readonly content: string
  readonly order: number
}

function pairInBlock(
  pairing: Pairing,
  sides: { readonly a: Side; readonly b: Side },
  blockA: string,
  blockB: string,
): void {
  const looseA = looseIn('a', blockA, pairing, sides.a)
  if (looseA.length === 0 || looseA.length > mostInBlock) return
  const looseB = looseIn('b', blockB, pairing, sides.b)
  if (looseB.length === 0 || looseB.length > mostInBlock) return
  for (const [content, ours] of grouped(looseA)) {
    const theirs = grouped(looseB).get(content) ?? []
    for (const [a, b, by] of matched(ours, theirs, blockA, blockB)) {
      const left = [...b.indices]
      for (const index of a.indices) {
        const same = left.findIndex((other) => alike(pairing, index, other, true))
        const at = same < 0 ? left.findIndex((other) => alike(pairing, index, other, false)) : same
        if (at < 0) continue
        pairing.pair(index, left[at] as number, by)
        left.splice(at, 1)
      }
    }
  }
  pairTensors(pairing, sides, blockA, blockB)
}

/** Tensors that are the only ones of their shape in both blocks, whatever module they are in: tokens and tables. */
function pairTensors(
  pairing: Pairing,
  sides: { readonly a: Side; readonly b: Side },
  blockA: string,
  blockB: string,
): void {
  const byShape = (which: 'a' | 'b', loose: readonly Loose[]) => {
    const shapes = new Map<string, number[]>()
    for (const index of loose.flatMap(({ indices }) => indices)) {
      const shape = pairing[which].shape(index)
      if (shape.length < 2) continue
      const known = shapes.get(shape.join())
      if (known === undefined) shapes.set(shape.join(), [index])
      else known.push(index)
    }
    return shapes
  }
  const theirs = byShape('b', looseIn('b', blockB, pairing, sides.b))
  for (const [shape, ours] of byShape('a', looseIn('a', blockA, pairing, sides.a))) {
    const partners = theirs.get(shape) ?? []
    if (ours.length === 1 && partners.length === 1)
      pairing.pair(ours[0] as number, partners[0] as number, 'structure')
  }
}

function alike(pairing: Pairing, a: number, b: number, isNamed: boolean): boolean {
  const [x, y] = [pairing.a.name(a), pairing.b.name(b)]
  if (isNamed && leafName(x) !== leafName(y)) return false
  return sameDimensions(pairing.a.shape(a), pairing.b.shape(b)) && isBias(x) === isBias(y)
}

const isBias = (name: string) => /(?:bias|beta|[./]b)$/.test(name)

function looseIn(which: 'a' | 'b', block: string, pairing: Pairing, side: Side): Loose[] {
  const modules = new Map<string, number[]>()
  const prefix = block === '' ? '' : `${block}.`
  const alone = which === 'a' ? pairing.aloneInA() : pairing.aloneInB()
  for (const index of alone) {
    const module = (side.modules[index] ?? []).join('.')
    if (module !== block && !module.startsWith(prefix)) continue
    const known = modules.get(module)
    if (known === undefined) modules.set(module, [index])
    else known.push(index)
  }
  return [...modules].map(([module, indices], order) => ({
    module,
    indices,
    order,
    content: indices
      .map((index) => sortedShape(pairing[which].shape(index)).join('x'))
      .sort()
      .join(' '),
  }))
}

function grouped(loose: readonly Loose[]): Map<string, Loose[]> {
  const groups = new Map<string, Loose[]>()
  for (const one of loose) {
    const group = groups.get(one.content)
    if (group === undefined) groups.set(one.content, [one])
    else group.push(one)
  }
  return groups
}

/** Without numbers: two libraries count from other numbers, and other things. */
function numberless(words: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...words].filter((word) => !/^\d+$/.test(word)))
}

type Found = readonly [Loose, Loose, 'structure' | 'name']

/** The only ones of a content; of several, those that are the most like each other, and by far. */
function matched(a: readonly Loose[], b: readonly Loose[], blockA: string, blockB: string): Found[] {
  const [only, other] = [a[0], b[0]]
  if (only === undefined || other === undefined) return []
  const rest = (path: string, block: string) => (block === '' ? path : path.slice(block.length + 1))
  if (a.length === 1 && b.length === 1) return [[only, other, 'structure']]
  if (a.length !== b.length) return []
  const byWords = (wordsIn: (path: string) => ReadonlySet<string>) =>
    mostAlike(a, b, (x, y) =>
      likeness(numberless(wordsIn(rest(x.module, blockA))), numberless(wordsIn(rest(y.module, blockB)))),
    )
  const found = byWords(nameWords)
  return found.length > 0 ? found : byWords(plainWords)
}

/** Pairs of which each is the other's best, and no other comes as near. */
function mostAlike(a: readonly Loose[], b: readonly Loose[], score: (x: Loose, y: Loose) => number): Found[] {
  const scores = a.map((x) => b.map((y) => score(x, y)))
  const found: Found[] = []
  a.forEach((x, i) => {
    const row = scores[i] ?? []
    const best = Math.max(...row)
    const j = row.indexOf(best)
    const y = b[j]
    if (y === undefined || best === 0 || row.filter((one) => one === best).length > 1) return
    const column = scores.map((one) => one[j] ?? 0)
    if (column.filter((one) => one >= best).length === 1) found.push([x, y, 'name'])
  })
  return found
}
