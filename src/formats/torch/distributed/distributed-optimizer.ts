import type { OptimizerFacts } from '../../../model/checkpoint.ts'
import { parameterShape } from '../../optimizer-states.ts'
import type { DistributedMetadata } from './distributed-metadata.ts'

/** Shapes of what is kept of a parameter, by name. */
type Seen = Map<string, readonly number[]>

/**
 * What the flattened state of an optimizer says of its parameters: `(key, 'state', parameter, 'exp_avg')` is
 * a path of it, with the parameter's full name (get_state_dict) or its number (optimizer.state_dict()).
 *
 * @param key under which the optimizer was saved
 * @returns null where parameters have numbers in several groups: which group each is in is not in `.metadata`
 */
export function distributedOptimizer(
  key: string,
  { tensors, paths }: DistributedMetadata,
  nameOf: (parameter: string) => string,
): OptimizerFacts | null {
  const named = new Map<string, Seen>()
  const numbered = new Map<number, Seen>()
  const groups = new Set<string | number>()
  for (const path of paths.values())
    if (path[0] === key && path[1] === 'param_groups' && path[2] !== undefined) groups.add(path[2])
  for (const { name, shape } of tensors) {
    const [first, kind, parameter, state] = paths.get(name) ?? []
    if (first !== key || kind !== 'state' || parameter === undefined || typeof state !== 'string') continue
    const isNumber = typeof parameter === 'number' || /^\d+$/.test(parameter)
    const seen = isNumber ? at(numbered, Number(parameter)) : at(named, String(parameter))
    if (shape !== null) seen.set(state, shape)
  }
  if (named.size > 0 && numbered.size === 0) {
    const parameters = [...named].map(([name, seen]) => ({
      name: nameOf(name),
      shape: parameterShape(seen),
      hasState: true,
    }))
    return { path: key, groups: [{ parameters }] }
  }
  if (numbered.size === 0 || named.size > 0 || groups.size > 1) return null
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
  return { path: key, groups: [{ parameters }] }
}

function at<K>(all: Map<K, Seen>, key: K): Seen {
  let seen = all.get(key)
  if (seen === undefined) {
    seen = new Map()
    all.set(key, seen)
  }
  return seen
}
