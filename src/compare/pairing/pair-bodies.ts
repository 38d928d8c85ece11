import type { Rename } from '../difference.ts'
import { type Body, bodiesOf, templateOf } from './bodies.ts'
import { BodyOrder } from './body-order.ts'
import { likeness, nameWords } from './name-likeness.ts'
import type { Pairing } from './pairing.ts'

/** Tensors of both sides beyond which bodies are not compared. */
const mostTensors = 20_000
/** Rounds over one pair of bodies: each finds what the one before left the only one of its kind. */
const mostRounds = 8
const mostInGroup = 512

type By = Rename['by']

/**
 * Pairs what is the same network cut into other modules: a U-Net as one list of layers and as blocks of resnets and
 * attentions. Bodies (modules with all that is in them) that hold the same shapes and are the only such on both sides are
 * one, the largest first; of several the names inside, what other bodies have shown of these names, the words, and the order
 * of their numbers decide. Numbers may run the other way, where bodies that are the only ones of their shapes show that.
 */
export function pairBodies(pairing: Pairing): void {
  const { a, b } = pairing
  if (a.length + b.length > mostTensors) return
  if (pairing.aloneInA().length === 0 || pairing.aloneInB().length === 0) return
  new BodyPairs(pairing).solve(bodiesOf(a), bodiesOf(b))
}

interface Group {
  readonly a: readonly Body[]
  readonly b: readonly Body[]
  readonly scope: readonly [Body, Body]
}

class BodyPairs {
  readonly #pairing: Pairing
  readonly #order = new BodyOrder()
  /** Path within a body of one side to those within its partner that it was found to be. */
  readonly #roles = new Map<string, Set<string>>()

  constructor(pairing: Pairing) {
    this.#pairing = pairing
  }

  solve(rootA: Body, rootB: Body): void {
    const scopes: (readonly [Body, Body])[] = [[rootA, rootB]]
    let undecided: Group[] = []
    for (let scope = scopes.shift(); scope !== undefined; scope = scopes.shift()) {
      const { found, left } = this.#within(...scope)
      scopes.push(...found)
      undecided.push(...left)
    }
    // What bodies that shapes tell apart have shown is known only now.
    for (let round = 0; round < mostRounds && undecided.length > 0; round++) {
      const still: Group[] = []
      for (const group of undecided) {
        const found = this.#byRoles(group)
        if (found === null) still.push(group)
        else {
          scopes.push(...found)
          for (let scope = scopes.shift(); scope !== undefined; scope = scopes.shift()) {
            const inner = this.#within(...scope)
            scopes.push(...inner.found)
            still.push(...inner.left)
          }
        }
      }
      if (still.length === undecided.length) break
      undecided = still
    }
    for (const group of undecided) this.#byNumbers(group)
  }

  /** Those that one side only numbers, and the other has as many of, in the order in which modules registered them. */
  #byNumbers({ a, b, scope }: Group): void {
    if (!this.#pairing.isOrdered || a.length !== b.length || scope[0].parent === null) return
    const areNumbered = (bodies: readonly Body[], within: Body) => {
      const parts = bodies.map((one) => /^([^.\d]+)\.(\d+)$/.exec(pathIn(one, within)))
      return parts.every(
        (part, at) =>
          part !== null && part[1] === parts[0]?.[1] && Number(part[2]) === Number(parts[0]?.[2]) + at,
      )
    }
    if (areNumbered(a, scope[0]) === areNumbered(b, scope[1])) return
    this.#pairAll(
      a.map((one, at) => [one, b[at] as Body] as const),
      scope,
      'order',
    )
  }

  /** Bodies inside two that are one. */
  #within(bodyA: Body, bodyB: Body): { found: (readonly [Body, Body])[]; left: Group[] } {
    this.#ownTensors(bodyA, bodyB)
    const found: (readonly [Body, Body])[] = []
    const taken = new Set<Body>()
    const scope = [bodyA, bodyB] as const
    let left: Group[] = []
    for (let round = 0; round < mostRounds; round++) {
      const before = found.length
      const groups = groupsIn(scope, taken)
      left = []
      for (const isAlone of [true, false])
        for (const group of groups) {
          const open = {
            scope,
            a: group.a.filter((one) => isFree(one, taken)),
            b: group.b.filter((one) => isFree(one, taken)),
          }
          if (open.a.length !== open.b.length || open.a.length === 0) continue
          if ((open.a.length === 1) !== isAlone) continue
          const pairs = isAlone ? this.#only(open) : this.#several(open)
          if (pairs === null) {
            if (!isAlone) left.push(open)
            continue
          }
          for (const pair of pairs) {
            for (const one of pair) take(one, taken)
            found.push(pair)
          }
        }
      if (found.length === before) break
    }
    return { found, left: left.filter(({ a }) => a.every((one) => isFree(one, taken))) }
  }

  #only({ a: [a], b: [b], scope }: Group): (readonly [Body, Body])[] | null {
    if (a === undefined || b === undefined) return null
    // A lone vector of some length is anything's.
    if (a.count === 1 && a.isVector && scope[0].count > mostInGroup) return null
    return this.#pairAll([[a, b]], scope, 'structure')
  }

  /** Several of the same shapes, told apart by their names inside, by words, by numbers. */
  #several(group: Group): (readonly [Body, Body])[] | null {
    if (group.a.length > mostInGroup) return null
    const same = this.#byPath(group)
    if (same !== null) return same
    const templates = (bodies: readonly Body[]) => {
      const map = new Map<string, Body[]>()
      for (const one of bodies) map.set(templateOf(one), [...(map.get(templateOf(one)) ?? []), one])
      return map
    }
    const [inA, inB] = [templates(group.a), templates(group.b)]
    if (inA.size !== inB.size) return null
    const partners =
      inA.size === 1
        ? [[[...inA.keys()][0], [...inB.keys()][0]] as [string, string]]
        : byWords(inA, inB, group.scope)
    if (partners === null) return null
    const pairs: (readonly [Body, Body])[] = []
    for (const [templateA, templateB] of partners) {
      const ordered = this.#order.align(
        inA.get(templateA) ?? [],
        inB.get(templateB) ?? [],
        group.scope[0].count,
      )
      if (ordered === null) return null
      pairs.push(...ordered)
    }
    return this.#pairAll(pairs, group.scope, pairs.length === partners.length ? 'name' : 'order')
  }

  /** Those of the same path inside the bodies they are in. */
  #byPath({ a, b, scope }: Group): (readonly [Body, Body])[] | null {
    if (scope[0].parent === null && scope[1].parent === null) return null
    const byPath = new Map(b.map((one) => [pathIn(one, scope[1]), one]))
    const pairs = a.flatMap((one) => {
      const other = byPath.get(pathIn(one, scope[0]))
      return other === undefined ? [] : [[one, other] as const]
    })
    return pairs.length === a.length ? this.#pairAll(pairs, scope, 'structure') : null
  }

  /** Those that were found to be each other in other bodies, all of them, and never anything else. */
  #byRoles({ a, b, scope }: Group): (readonly [Body, Body])[] | null {
    const byPath = new Map(b.map((one) => [pathIn(one, scope[1]), one]))
    const pairs: (readonly [Body, Body])[] = []
    for (const one of a) {
      const roles = this.#roles.get(roleOf(one, scope[0]))
      const [role] = roles ?? []
      const other = roles?.size === 1 ? byPath.get(role as string) : undefined
      if (other === undefined) return null
      pairs.push([one, other])
    }
    if (new Set(pairs.map(([, other]) => other)).size !== pairs.length) return null
    return this.#pairAll(pairs, scope, 'structure')
  }

  /** null where something that is paired already speaks against it. */
  #pairAll(
    pairs: readonly (readonly [Body, Body])[],
    [scopeA, scopeB]: Group['scope'],
    by: By,
  ): (readonly [Body, Body])[] | null {
    if (!pairs.every(([a, b]) => this.#mayBe(a, b))) return null
    for (const [a, b] of pairs) {
      this.#order.add(a, b)
      if (by === 'structure' && scopeA.parent !== null && scopeB.parent !== null) {
        const path = roleOf(a, scopeA)
        const roles = this.#roles.get(path) ?? new Set()
        roles.add(pathIn(b, scopeB))
        this.#roles.set(path, roles)
      }
      if (a.children.length === 0 && b.children.length === 0) this.#leaves(a, b, by)
    }
    return [...pairs]
  }

  #mayBe(a: Body, b: Body): boolean {
    const [inA, inB] = [new Set(a.all()), new Set(b.all())]
    for (const index of inA) {
      const partner = this.#pairing.partnerOfA(index)
      if (partner >= 0 && !inB.has(partner)) return false
    }
    for (const index of inB) {
      const partner = this.#pairing.partnerOfB(index)
      if (partner >= 0 && !inA.has(partner)) return false
    }
    return true
  }

  /** Tensors that two bodies have of their own, beside bodies in them. */
  #ownTensors(a: Body, b: Body): void {
    if (a.children.length > 0 || b.children.length > 0) this.#leaves(a, b, 'structure')
  }

  /** Tensors of two modules: of the same last name, or the only ones of their shape. */
  #leaves(a: Body, b: Body, by: By): void {
    const { pairing } = { pairing: this.#pairing }
    const open = (body: Body, partnerOf: (index: number) => number) =>
      body.own.filter(({ index }) => partnerOf(index) < 0)
    const left = open(b, (index) => pairing.partnerOfB(index))
    const rest = open(a, (index) => pairing.partnerOfA(index)).filter((own) => {
      const at = left.findIndex((other) => other.leaf === own.leaf && other.shape === own.shape)
      if (at < 0) return true
      pairing.pair(own.index, left[at]?.index as number, by)
      left.splice(at, 1)
      return false
    })
    for (const own of rest) {
      const fitting = left.filter(({ shape }) => shape === own.shape)
      const alike = rest.filter(({ shape }) => shape === own.shape)
      if (fitting.length !== 1 || alike.length !== 1) continue
      pairing.pair(own.index, fitting[0]?.index as number, by)
    }
  }
}

/** Bodies of the same shapes inside two bodies, those of most tensors first. */
function groupsIn([scopeA, scopeB]: Group['scope'], taken: ReadonlySet<Body>): Group[] {
  const collect = (scope: Body) => {
    const map = new Map<string, Body[]>()
    for (const one of scope.below()) {
      if (!isFree(one, taken)) continue
      const known = map.get(one.content)
      if (known === undefined) map.set(one.content, [one])
      else known.push(one)
    }
    return map
  }
  const [inA, inB] = [collect(scopeA), collect(scopeB)]
  const groups: Group[] = []
  for (const [content, a] of inA) {
    const b = inB.get(content)
    if (b !== undefined) groups.push({ a, b, scope: [scopeA, scopeB] })
  }
  return groups.sort((x, y) => (y.a[0]?.count ?? 0) - (x.a[0]?.count ?? 0))
}

/** Neither in a body that is taken, nor around one. */
const isFree = (body: Body, taken: ReadonlySet<Body>): boolean => !taken.has(body)

function take(body: Body, taken: Set<Body>): void {
  taken.add(body)
  for (const inner of body.below()) taken.add(inner)
  for (let outer = body.parent; outer !== null; outer = outer.parent) taken.add(outer)
}

/** The path, and for one of several that are numbered of how many: the second norm of two is not the second of three. */
function roleOf(body: Body, scope: Body): string {
  const path = pathIn(body, scope)
  return /(?:^|\.)\d+$/.test(path) ? `${path} of ${(body.parent ?? scope).children.length}` : path
}

const pathIn = (body: Body, scope: Body): string => body.segments.slice(scope.segments.length).join('.')

/** Templates whose words are the most alike, each the other's best; the last one is what is left. */
function byWords(
  a: ReadonlyMap<string, readonly Body[]>,
  b: ReadonlyMap<string, readonly Body[]>,
  [scopeA, scopeB]: Group['scope'],
): [string, string][] | null {
  const words = (map: ReadonlyMap<string, readonly Body[]>, scope: Body) =>
    [...map].map(([template, [first]]) => ({
      template,
      size: map.get(template)?.length ?? 0,
      words: wordsOf(first === undefined ? '' : pathIn(first, scope)),
    }))
  let [left, right] = [words(a, scopeA), words(b, scopeB)]
  const pairs: [string, string][] = []
  while (left.length > 0) {
    if (left.length === 1) {
      const [x, y] = [left[0], right[0]]
      if (x === undefined || y === undefined || x.size !== y.size) return null
      pairs.push([x.template, y.template])
      return pairs
    }
    const scores = left.map((x) => right.map((y) => (x.size === y.size ? likeness(x.words, y.words) : 0)))
    const best = Math.max(...scores.flat())
    const places = scores.flatMap((row, i) =>
      row.flatMap((score, j) => (score === best ? [[i, j] as const] : [])),
    )
    if (best < leastLikeness) return null
    const isClear = places.every(
      ([i, j]) =>
        places.filter(([k]) => k === i).length === 1 && places.filter(([, k]) => k === j).length === 1,
    )
    if (!isClear) return null
    for (const [i, j] of places) pairs.push([left[i]?.template ?? '', right[j]?.template ?? ''])
    left = left.filter((_, i) => places.every(([k]) => k !== i))
    right = right.filter((_, j) => places.every(([, k]) => k !== j))
  }
  return pairs
}

/** Names that have less in common say nothing. */
const leastLikeness = 0.3

function wordsOf(path: string): ReadonlySet<string> {
  return new Set([...nameWords(path)].filter((word) => !/^\d+$/.test(word)))
}
