import type { OptimizerFacts } from '../../../model/checkpoint.ts'
import type { DistributedMetadata } from './distributed-metadata.ts'

// State tensors of a parameter's own shape; see optimizer-facts.ts.
const shaped =
  /^(exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer|square_avg|sum|ax|prev|exp_inf|acc_delta|grad_avg)$/

interface Seen {
  shape: readonly number[] | null
}

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
    if (shaped.test(state)) seen.shape = shape
  }
  if (named.size > 0 && numbered.size === 0) {
    const parameters = [...named].map(([name, { shape }]) => ({ name: nameOf(name), shape, hasState: true }))
    return { path: key, groups: [{ parameters }] }
  }
  if (numbered.size === 0 || named.size > 0 || groups.size > 1) return null
  let count = 0
  for (const id of numbered.keys()) count = Math.max(count, id + 1)
  if (count > 2 * numbered.size + 1000) return null
  const parameters = Array.from({ length: count }, (_, id) => {
    const seen = numbered.get(id)
    return { name: null, shape: seen?.shape ?? null, hasState: seen !== undefined }
  })
  return { path: key, groups: [{ parameters }] }
}

function at<K>(all: Map<K, Seen>, key: K): Seen {
  let seen = all.get(key)
  if (seen === undefined) {
    seen = { shape: null }
    all.set(key, seen)
  }
  return seen
}
