import { sameShape } from '../model/tensors/shape.ts'

/** An entry of a state dict as an optimizer may have been given it. */
export interface AlignableEntry {
  readonly shape: readonly number[]
  /** Entries of one module follow each other and have one number. */
  readonly module: number
  /** It cannot have been given: an integer, a known buffer, another name of an earlier entry. */
  readonly never: boolean
}

/** What all ways to lay the optimizer's lists over the entries have in common. */
export interface Alignment {
  /** By entry: in each way given, in none, or in some. */
  readonly given: readonly ('always' | 'never' | 'sometimes')[]
  /** By entry: `[group, position]` where it is the same in all ways. */
  readonly places: readonly (readonly [number, number] | null)[]
}

export interface AlignmentOptions {
  /** Allows an entry to be given after one of its module was not: parameters that were frozen one by one. */
  readonly gaps: boolean
  /** States visited before giving up. */
  readonly budget: number
}

interface State {
  /** How much of each group's list is used. */
  readonly used: readonly number[]
  /** An earlier entry of this module was not given, so by the params-first rule no later one is. */
  readonly stopped: boolean
  readonly next: { readonly state: State; readonly group: number }[]
  alive: boolean
}

/**
 * Lays an optimizer's parameter lists over the entries of a state dict. Each list is an ordered selection of
 * the entries; together they use no entry twice; a shape of null fits any entry. Within a module, what was
 * given is a prefix of its entries, since own parameters come before own buffers, unless `gaps`.
 *
 * All solutions are walked at once, as a graph of states per entry; what cannot reach the end is cut off, and
 * the edges that are left say what all solutions share.
 *
 * @returns null when there is no way, or the budget is used up
 */
export function align(
  entries: readonly AlignableEntry[],
  groups: readonly (readonly (readonly number[] | null)[])[],
  { gaps, budget }: AlignmentOptions,
): Alignment | null {
  const start: State = { used: groups.map(() => 0), stopped: false, next: [], alive: false }
  let layer = new Map<string, State>([[keyOf(start.used, false), start]])
  const layers = [layer]
  const total = groups.reduce((sum, group) => sum + group.length, 0)
  const demand = new Demand(entries, groups)
  let states = 1
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as AlignableEntry
    const endsModule = entries[i + 1]?.module !== entry.module
    const following = new Map<string, State>()
    const left = entries.length - i - 1
    const go = (from: State, used: readonly number[], stopped: boolean, group: number): void => {
      if (total - used.reduce((sum, count) => sum + count, 0) > left) return
      const halted = stopped && !endsModule && !gaps
      const key = keyOf(used, halted)
      let to = following.get(key)
      if (to === undefined) {
        to = { used, stopped: halted, next: [], alive: false }
        following.set(key, to)
        states++
      }
      from.next.push({ state: to, group })
    }
    for (const state of layer.values()) {
      if (demand.canSkip(i, state.used)) go(state, state.used, true, -1)
      if (entry.never || state.stopped) continue
      groups.forEach((group, g) => {
        const at = state.used[g] as number
        const shape = group[at]
        if (shape === undefined || (shape !== null && !sameShape(shape, entry.shape))) return
        go(
          state,
          state.used.map((count, k) => (k === g ? count + 1 : count)),
          false,
          g,
        )
      })
    }
    if (following.size === 0 || states > budget) return null
    layer = following
    layers.push(layer)
  }
  for (const state of layer.values())
    state.alive = state.used.every((count, g) => count === groups[g]?.length)
  for (let i = layers.length - 2; i >= 0; i--) {
    for (const state of (layers[i] as Map<string, State>).values())
      state.alive = state.next.some((edge) => edge.state.alive)
  }
  if (!start.alive) return null
  return shared(entries, layers)
}

/** Whether enough entries of a shape are left for what the lists still ask of it. */
class Demand {
  /** Per entry: entries of its shape after it that can be given. */
  readonly #supply: number[] = []
  /** Per group: shape to its positions in the list, ascending. */
  readonly #positions: ReadonlyMap<string, readonly number[]>[]
  readonly #keys: readonly string[]

  constructor(
    entries: readonly AlignableEntry[],
    groups: readonly (readonly (readonly number[] | null)[])[],
  ) {
    this.#keys = entries.map((entry) => entry.shape.join())
    const counts = new Map<string, number>()
    for (let i = entries.length - 1; i >= 0; i--) {
      const key = this.#keys[i] as string
      const count = counts.get(key) ?? 0
      this.#supply[i] = count
      if (entries[i]?.never !== true) counts.set(key, count + 1)
    }
    this.#positions = groups.map((group) => {
      const positions = new Map<string, number[]>()
      group.forEach((shape, at) => {
        if (shape === null) return
        const list = positions.get(shape.join())
        if (list === undefined) positions.set(shape.join(), [at])
        else list.push(at)
      })
      return positions
    })
  }

  canSkip(entry: number, used: readonly number[]): boolean {
    const key = this.#keys[entry] as string
    let needed = 0
    this.#positions.forEach((positions, g) => {
      const list = positions.get(key)
      if (list !== undefined) needed += list.length - firstAtLeast(list, used[g] as number)
    })
    return needed <= (this.#supply[entry] as number)
  }
}

/** The index of the first number of an ascending list that is at least `bound`. */
function firstAtLeast(list: readonly number[], bound: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as number) < bound) low = middle + 1
    else high = middle
  }
  return low
}

function shared(
  entries: readonly AlignableEntry[],
  layers: readonly ReadonlyMap<string, State>[],
): Alignment {
  const given: ('always' | 'never' | 'sometimes')[] = []
  const places: (readonly [number, number] | null)[] = []
  entries.forEach((_, i) => {
    let taken = false
    let skipped = false
    let place: readonly [number, number] | null | undefined
    for (const state of (layers[i] as ReadonlyMap<string, State>).values()) {
      if (!state.alive) continue
      for (const edge of state.next) {
        if (!edge.state.alive) continue
        if (edge.group < 0) {
          skipped = true
          continue
        }
        taken = true
        const here = [edge.group, state.used[edge.group] as number] as const
        if (place === undefined) place = here
        else if (place !== null && (place[0] !== here[0] || place[1] !== here[1])) place = null
      }
    }
    given.push(taken ? (skipped ? 'sometimes' : 'always') : 'never')
    places.push(skipped ? null : (place ?? null))
  })
  return { given, places }
}

function keyOf(used: readonly number[], stopped: boolean): string {
  return `${used.join()}${stopped ? '!' : ''}`
}
