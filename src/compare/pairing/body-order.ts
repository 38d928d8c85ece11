import { type Body, templateOf } from './bodies.ts'

/** Bodies of as many tensors are lists of one thing on both sides. */
const fewTensors = 4

type Numbers = readonly number[]
type Anchor = readonly [Numbers, Numbers]

/** How the numbers of bodies that are one run on both sides, by what their paths are without numbers. */
export class BodyOrder {
  readonly #anchors = new Map<string, Anchor[]>()

  add(a: Body, b: Body): void {
    const key = keyOf(a, b)
    const anchors = this.#anchors.get(key) ?? []
    anchors.push([a.numbers, b.numbers])
    this.#anchors.set(key, anchors)
  }

  /**
   * Bodies of one path but for numbers, in the order of these, each with that of the other side; null where those that are
   * known do not lie in that order, or nothing is known and they are in a body of few tensors. A number runs the other way where all that are known do.
   */
  align(a: readonly Body[], b: readonly Body[], isIn: number): (readonly [Body, Body])[] | null {
    const [firstA, firstB] = [a[0], b[0]]
    if (firstA === undefined || firstB === undefined || a.length !== b.length) return null
    const anchors = this.#anchors.get(keyOf(firstA, firstB)) ?? []
    // One way of counting after the other: all numbers grow together, or one of them runs backwards.
    const ways = [
      [],
      ...(firstA.numbers.length === firstB.numbers.length ? firstA.numbers.map((_, at) => [at]) : []),
    ]
    for (const way of ways) {
      const pairs = inOrder(a, b, anchors, (numbers) =>
        numbers.map((one, at) => (way[0] === at ? -one : one)),
      )
      // Nothing but what is known makes a list run backwards, and small modules in any order.
      const isLikely = way.length === 0 && isIn >= fewTensors
      if (pairs !== null && (isLikely || anchors.length > 0)) return pairs
    }
    return null
  }
}

const keyOf = (a: Body, b: Body): string => `${templateOf(a)}\0${templateOf(b)}`

/** Pairs of bodies by their numbers; null where those that are known do not lie in the same order. */
function inOrder(
  a: readonly Body[],
  b: readonly Body[],
  anchors: readonly Anchor[],
  signed: (numbers: Numbers) => Numbers,
): (readonly [Body, Body])[] | null {
  const inA = [...a].sort((x, y) => compared(signed(x.numbers), signed(y.numbers)))
  const inB = [...b].sort((x, y) => compared(x.numbers, y.numbers))
  const pairs = inA.map((one, at) => [one, inB[at] as Body] as const)
  const all = [...anchors, ...pairs.map(([x, y]): Anchor => [x.numbers, y.numbers])]
    .map(([x, y]): Anchor => [signed(x), y])
    .sort(([x], [y]) => compared(x, y))
  const isInOrder = all.every(
    ([, numbers], at) => at === 0 || compared((all[at - 1] as Anchor)[1], numbers) <= 0,
  )
  return isInOrder ? pairs : null
}

function compared(a: Numbers, b: Numbers): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const step = (a[i] as number) - (b[i] as number)
    if (step !== 0) return step
  }
  return a.length - b.length
}
