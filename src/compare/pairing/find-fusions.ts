import { leafName } from '../../model/modules/tree.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import type { ComparedTensors } from '../compared-tensors.ts'
import type { Fusion } from '../difference.ts'
import { nameWords } from './name-likeness.ts'

/** Tensors of one module looked at for parts. Projections are two to four; a module of hundreds is no attention. */
const mostCandidates = 64
/** Numbers in a name longer than this are not looked for. */
const longestName = 1_000

/** The order in which libraries lay projections. */
const partOrder = ['q', 'k', 'v', 'gate', 'up']
const knownSets: readonly (readonly string[])[] = [
  ['q', 'k', 'v'],
  ['k', 'v'],
  ['gate', 'up'],
]

/** Where fusions are looked for: the tensors of one side, and how its modules are called on the other. */
interface SideOfFusion {
  readonly tensors: ComparedTensors
  readonly alone: readonly number[]
}

/**
 * Tensors that one side has as a whole and the other in parts: `qkv` and `q`, `k`, `v`, or experts stacked
 * along a new dimension. Looked for among tensors without a partner, below the same module.
 *
 * @param namesOfModules makes what tells how `b` calls a module of `a`
 */
export function findFusions(
  a: SideOfFusion,
  b: SideOfFusion,
  namesOfModules: () => (path: string) => string,
): Fusion[] {
  if (a.alone.length === 0 || b.alone.length === 0) return []
  // Most shapes rule it out, and names are looked at for the others alone.
  const [mayBeWholeA, mayBeWholeB] = [mayBeWhole(a, b), mayBeWhole(b, a)]
  if (mayBeWholeA.size === 0 && mayBeWholeB.size === 0) return []
  const sideA = placed(a, namesOfModules())
  const sideB = placed(b, (path) => path)
  const taken = new Set<Placed>()
  const wholesA = sideA.filter(({ tensor }) => mayBeWholeA.has(tensor.shape))
  const wholesB = sideB.filter(({ tensor }) => mayBeWholeB.has(tensor.shape))
  return [...fusionsOf('a', wholesA, sideB, taken), ...fusionsOf('b', wholesB, sideA, taken)]
}

/**
 * The shapes of `wholes` that some shapes of `parts` can make: stacked, they have a dimension less; joined, they are as the
 * whole but for one dimension, in which they are shorter; an expert's projections are two of its three dimensions or more.
 */
function mayBeWhole(wholes: SideOfFusion, parts: SideOfFusion): ReadonlySet<readonly number[]> {
  const shapesOf = ({ tensors, alone }: SideOfFusion) => new Set(alone.map((index) => tensors.shape(index)))
  /** By a shape without one dimension: the least that dimension is of a part. */
  const shortest = new Map<string, number>()
  const slices = new Set<string>()
  let hasMatrices = false
  for (const shape of shapesOf(parts)) {
    slices.add(shape.join('x'))
    hasMatrices ||= shape.length === 2
    shape.forEach((size, dimension) => {
      const key = withoutSize(shape, dimension)
      shortest.set(key, Math.min(size, shortest.get(key) ?? size))
    })
  }
  const isPossible = (shape: readonly number[]) =>
    slices.has(shape.slice(1).join('x')) ||
    (shape.length === 3 && hasMatrices) ||
    shape.some(
      (size, dimension) => (shortest.get(withoutSize(shape, dimension)) ?? Number.POSITIVE_INFINITY) < size,
    )
  return new Set([...shapesOf(wholes)].filter(isPossible))
}

const withoutSize = (shape: readonly number[], dimension: number): string =>
  shape.map((size, at) => (at === dimension ? '' : size)).join('x')

interface PlacedTensor {
  readonly name: string
  readonly shape: readonly number[]
}

/** A tensor and the modules it may share with its parts, as `b` calls them. */
interface Placed {
  readonly tensor: PlacedTensor
  /** The module that owns it, and the two around that. */
  readonly containers: readonly string[]
  /** Weights go with weights, biases with biases. */
  readonly isBias: boolean
  readonly words: ReadonlySet<string>
}

function placed({ tensors, alone }: SideOfFusion, moduleOf: (path: string) => string): Placed[] {
  return alone.flatMap((index) => {
    const tensor = { name: tensors.name(index), shape: tensors.shape(index) }
    if (tensor.name.length > longestName || tensors.elements(index) === 0) return []
    const own = parentOf(tensor.name)
    const leaf = leafName(tensor.name)
    const around = parentOf(own)
    const containers = [...new Set([own, around, parentOf(around)].map(moduleOf))]
    return [new Candidate(tensor, containers, own, leaf)]
  })
}

/** Few tensors are near to what may be a whole, so their words are looked at when they are. */
class Candidate implements Placed {
  readonly tensor: PlacedTensor
  readonly containers: readonly string[]
  readonly isBias: boolean
  readonly #named: string
  #words: ReadonlySet<string> | undefined

  constructor(tensor: PlacedTensor, containers: readonly string[], own: string, leaf: string) {
    this.tensor = tensor
    this.containers = containers
    this.isBias = /bias/i.test(leaf)
    this.#named = leaf === 'weight' || leaf === 'bias' ? leafName(own) : leaf
  }

  get words(): ReadonlySet<string> {
    this.#words ??= nameWords(this.#named)
    return this.#words
  }
}

function* fusionsOf(
  fused: 'a' | 'b',
  wholes: readonly Placed[],
  parts: readonly Placed[],
  taken: Set<Placed>,
): Generator<Fusion> {
  if (wholes.length === 0) return
  // Parts are looked for where there is a whole.
  const wanted = new Set(wholes.flatMap(({ containers }) => containers))
  const byContainer = { weights: new Map<string, Placed[]>(), biases: new Map<string, Placed[]>() }
  const byList = new Map<string, Placed[]>()
  const byExperts = new Map<string, Placed[]>()
  const add = (map: Map<string, Placed[]>, key: string, part: Placed) => {
    const found = map.get(key)
    if (found === undefined) map.set(key, [part])
    else found.push(part)
  }
  for (const part of parts) {
    for (const container of part.containers)
      if (wanted.has(container)) add(part.isBias ? byContainer.biases : byContainer.weights, container, part)
    const list = withoutLastNumber(part.tensor.name)
    if (list !== null) {
      add(byList, list, part)
      for (const container of part.containers) if (wanted.has(container)) add(byExperts, container, part)
    }
  }
  for (const whole of wholes) {
    if (taken.has(whole)) continue
    const found =
      stackOf(whole, byList, taken) ??
      stackOfExperts(whole, byExperts, taken) ??
      joinOf(whole, whole.isBias ? byContainer.biases : byContainer.weights, taken)
    if (found === null) continue
    taken.add(whole)
    for (const part of found.parts) taken.add(part)
    yield {
      fused,
      whole: whole.tensor.name,
      wholeShape: whole.tensor.shape,
      parts: found.parts.map(({ tensor }) => tensor.name),
      partShapes: found.parts.map(({ tensor }) => tensor.shape),
      dimension: found.dimension,
      stacked: found.stacked,
      ...(found.joined === undefined ? {} : { joined: found.joined }),
      ...(found.transposed === undefined ? {} : { transposed: found.transposed }),
    }
  }
}

interface FusedParts {
  readonly parts: readonly Placed[]
  readonly dimension: number
  readonly stacked: boolean
  readonly joined?: number
  readonly transposed?: true
}

/** Experts: as many of one shape, numbered, as the first dimension is long. */
function stackOf(
  { tensor }: Placed,
  byList: ReadonlyMap<string, readonly Placed[]>,
  taken: ReadonlySet<Placed>,
): FusedParts | null {
  for (const list of [tensor.name, `${tensor.name}.weight`, `${tensor.name}.bias`]) {
    const parts = (byList.get(list) ?? []).filter((part) => !taken.has(part))
    if (parts.length < 2 || parts.length !== tensor.shape[0]) continue
    if (parts.every((part) => sameShape(part.tensor.shape, tensor.shape.slice(1))))
      return { parts, dimension: 0, stacked: true }
  }
  return null
}

/** Lists of one length near a stack of experts that are looked at. */
const mostLists = 16

/**
 * Experts of which the whole has one projection, or gate and up joined, and the other side each in a module of its own:
 * `experts.gate_up_proj` [experts, 2 × width, in] of `experts.N.gate_proj.weight` and `experts.N.up_proj.weight` [width, in].
 * Some libraries keep each slice transposed.
 */
function stackOfExperts(
  whole: Placed,
  byExperts: ReadonlyMap<string, readonly Placed[]>,
  taken: ReadonlySet<Placed>,
): FusedParts | null {
  const [experts, rows, columns] = whole.tensor.shape
  if (whole.tensor.shape.length !== 3 || experts === undefined || experts < 2) return null
  for (const container of whole.containers) {
    const lists = new Map<string, Placed[]>()
    for (const part of byExperts.get(container) ?? []) {
      const list = withoutLastNumber(part.tensor.name) ?? ''
      if (taken.has(part) || part.isBias || part.tensor.shape.length !== 2) continue
      const known = lists.get(list)
      if (known === undefined) lists.set(list, [part])
      else known.push(part)
    }
    const full = [...lists.values()]
      .map(byNumber)
      .filter(
        (parts) =>
          parts.length === experts &&
          parts.every(({ tensor }) => sameShape(tensor.shape, parts[0]?.tensor.shape ?? [])),
      )
    if (full.length === 0 || full.length > mostLists) continue
    const named = (word: string) =>
      whole.words.has(word) ? full.filter(([first]) => first?.words.has(word)) : []
    const wanted = [...named('gate'), ...named('up'), ...named('down')]
    const chosen = wanted.length > 0 ? wanted : full.length === 1 ? full : []
    const shape = chosen[0]?.[0]?.tensor.shape
    if (shape === undefined || chosen.length > 2) continue
    if (!chosen.every(([first]) => sameShape(first?.tensor.shape ?? [], shape))) continue
    const [out, into] = [chosen.length * (shape[0] as number), shape[1] as number]
    const isStraight = out === rows && into === columns
    if (!isStraight && (out !== columns || into !== rows)) continue
    const parts = Array.from({ length: experts }, (_, at) => chosen.map((list) => list[at] as Placed)).flat()
    return {
      parts,
      dimension: 0,
      stacked: true,
      ...(chosen.length > 1 ? { joined: chosen.length } : {}),
      ...(isStraight ? {} : { transposed: true as const }),
    }
  }
  return null
}

/** Projections: the parts are as the whole but for one dimension, in which they add up to it. */
function joinOf(
  whole: Placed,
  byContainer: ReadonlyMap<string, readonly Placed[]>,
  taken: ReadonlySet<Placed>,
): FusedParts | null {
  const { shape } = whole.tensor
  for (const container of whole.containers) {
    const near = byContainer.get(container) ?? []
    if (near.length < 2 || near.length > mostCandidates) continue
    const free = near.filter((part) => !taken.has(part))
    for (let dimension = 0; dimension < shape.length; dimension++) {
      const fitting = free.filter(({ tensor }) => differsOnlyIn(tensor.shape, shape, dimension))
      const parts = addingUp(fitting, dimension, shape[dimension] ?? 0)
      if (parts !== null) return { parts, dimension, stacked: false }
    }
  }
  return null
}

function differsOnlyIn(part: readonly number[], whole: readonly number[], dimension: number): boolean {
  return part.length === whole.length && part.every((size, at) => at === dimension || size === whole[at])
}

/** The parts whose sizes add up: known projections, or all there are when they are of one size. */
function addingUp(fitting: readonly Placed[], dimension: number, size: number): readonly Placed[] | null {
  const sum = (parts: readonly Placed[]) =>
    parts.reduce((total, { tensor }) => total + (tensor.shape[dimension] ?? 0), 0)
  for (const words of knownSets) {
    const parts = words.flatMap((word) => {
      const found = fitting.filter((part) => part.words.has(word))
      return found.length === 1 ? found : []
    })
    if (parts.length === words.length && sum(parts) === size) return parts
  }
  if (fitting.length < 2 || fitting.length > 8 || sum(fitting) !== size) return null
  const [first] = fitting
  if (first === undefined || !fitting.every(({ tensor }) => sameShape(tensor.shape, first.tensor.shape)))
    return null
  const rank = ({ words }: Placed) => partOrder.findIndex((word) => words.has(word))
  return [...fitting].sort((a, b) => rank(a) - rank(b))
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')))
}

/** Files may list the tenth before the second. */
function byNumber(parts: readonly Placed[]): readonly Placed[] {
  const number = ({ tensor }: Placed) =>
    Number(tensor.name.split('.').findLast((segment) => /^[0-9]{1,9}$/.test(segment)) ?? 0)
  return [...parts].sort((a, b) => number(a) - number(b))
}

/** `experts.w1.weight` of `experts.7.w1.weight`; null for a name without a number. */
function withoutLastNumber(name: string): string | null {
  for (let end = name.length; end > 0; ) {
    const begin = name.lastIndexOf('.', end - 1) + 1
    if (/^[0-9]+$/.test(name.slice(begin, end)))
      return begin === 0 ? name.slice(end + 1) : name.slice(0, begin - 1) + name.slice(end)
    end = begin - 1
  }
  return null
}
