import type { OptimizerFacts } from '../../../model/checkpoint.ts'
import { parameterShape } from '../../../model/optimizer-states.ts'

/** Shapes of what is kept of a parameter, by name. */
type Seen = Map<string, readonly number[]>

/** A tensor of an optimizer: the keys from its state dict on, and its shape. */
export interface Kept {
  readonly keys: readonly (string | number)[]
  readonly shape: readonly number[]
}

/**
 * What the flattened state of an optimizer says of its parameters: `('state', parameter, 'exp_avg')` leads to
 * a tensor of it, with the parameter's full name (get_state_dict) or its number (optimizer.state_dict()).
 *
 * @param path of the optimizer's state dict
 * @param groups how many it has, as far as the file says
 * @returns null where parameters have numbers in several groups: which group each is in is not in `.metadata`
 */
export function distributedOptimizer(
  path: string,
  kept: readonly Kept[],
  groups: number,
  nameOf: (parameter: string) => string,
): OptimizerFacts | null {
  const named = new Map<string, Seen>()
  const numbered = new Map<number, Seen>()
  for (const { keys, shape } of kept) {
    const [kind, parameter, state] = keys
    if (kind !== 'state' || parameter === undefined || typeof state !== 'string') continue
    const isNumber = typeof parameter === 'number' || /^\d+$/.test(parameter)
    const seen = isNumber ? at(numbered, Number(parameter)) : at(named, parameter)
    seen.set(state, shape)
  }
  if (named.size > 0 && numbered.size === 0) {
    const parameters = [...named].map(([name, seen]) => ({
      name: nameOf(name),
      shape: parameterShape(seen),
      hasState: true,
    }))
    return { path, groups: [{ parameters }] }
  }
  if (numbered.size === 0 || named.size > 0 || groups > 1) return null
  let count = 0
  for (const id of numbered.keys()) count = Math.max(count, id + 1)
  if (count > 2 * numbered.size + 1000) return null
  const parameters = Array.from({ length: count }, (_, id) => {
    const seen = numbered.get(id)
    return {
      name: null,
      shape: seen === undefined ? null : parameterShape(seen),
      hasState: seen !== undefined,
    }
  })
  return { path, groups: [{ parameters }] }
}

function at<K>(all: Map<K, Seen>, key: K): Seen {
  let seen = all.get(key)
  if (seen === undefined) {
    seen = new Map()
    all.set(key, seen)
  }
  return seen
}
