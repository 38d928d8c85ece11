import type { PickleValue } from '../../../codec/pickle-value.ts'
import {
  getItem,
  isRecord,
  newDict,
  type PickleDict,
  type PickleRecord,
  setItem,
} from '../../../codec/pickle-value.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { isContainer } from './object-walk.ts'
import { attributesOf, elementsIn, isCall, itemsOf, keyText } from './objects.ts'

// What tells a state dict from the dicts around it.

const groupsAre: ReadonlySet<string> = new Set(['list', 'tuple', 'dict'])

/** torch/optim/optimizer.py, state_dict(). */
export function isOptimizer(items: PickleDict): boolean {
  const groups = getItem(items, 'param_groups')
  return items.index.has('state') && isRecord(groups) && groupsAre.has(groups.kind)
}

const flatKey = /^(?:state|param_groups)\../

/**
 * The same with one key for each value, as torch/distributed/checkpoint/state_dict.py flattens it
 * (`flatten_optimizer_state_dict`): `state.layers.0.weight.exp_avg`, `param_groups.layers.0.weight.lr`.
 */
export function isFlatOptimizer({ keys }: PickleDict): boolean {
  return (
    keys.length > 0 &&
    keys.every((key) => typeof key === 'string' && flatKey.test(key)) &&
    keys.some((key) => (key as string).startsWith('state.'))
  )
}

/** More tensors than containers, or containers only under dotted names (quantised modules pack tuples). */
export function isMostlyTensors(items: PickleDict, read: TensorReader): boolean {
  let tensors = 0
  let containers = 0
  items.values.forEach((value, i) => {
    const record = read(value)
    if (record !== null) tensors++
    else if (isContainer(value) && !keyText(items.keys[i] as PickleValue).includes('.')) containers++
  })
  return tensors > containers
}

const longestPath = 4_096

const averaged = /(^|[._])(ema|averaged?|avg|swa|polyak|shadow)([._]|$)/i

/** Whether what is at a path is an averaged copy, by its name. */
export function isAveraged(path: string): boolean {
  return path.length <= longestPath && averaged.test(path)
}

/** Whether a value is a list of tensors that is an averaged copy of a model's parameters, in their order (`shadow_params`). */
export function isAveragedList(value: PickleRecord, path: string, read: TensorReader): boolean {
  if (!isAveraged(path)) return false
  const items = elementsIn(value) ?? []
  return items.length > 0 && items.every((item) => read(item) !== null)
}

/** `list(model.state_dict().items())`, `list(model.named_parameters())`: names with their tensors, as the dict of them. */
export function namedPairs(value: PickleRecord, read: TensorReader): PickleDict | undefined {
  const pairs = value.kind === 'list' || value.kind === 'tuple' ? value.items : []
  if (pairs.length === 0) return undefined
  const dict = newDict()
  for (const pair of pairs) {
    const [name, tensor, ...rest] = elementsIn(pair) ?? []
    const isPair =
      typeof name === 'string' && rest.length === 0 && tensor !== undefined && read(tensor) !== null
    // Of two of one name neither is the entry.
    if (!isPair || dict.index.has(name)) return undefined
    setItem(dict, name, tensor, name)
  }
  return dict
}

const modelKey = /(^|\.)(model\d*|state_dict|model_state_dict|module|params|net|weights)$/

/** Dicts in dicts that a model's parts may be in: keeps the look at each cheap, however deep a file is. */
const partsDepth = 8

/**
 * Whether a dict under a model's usual key holds a model's state dicts by part, in dicts of dicts, and nothing
 * else (Megatron-LM).
 */
export function isNestedModel(items: PickleDict, path: string, read: TensorReader): boolean {
  // A longer path is made of many: to look at its end is to write all of it down.
  if (path.length > longestPath || !modelKey.test(path)) return false
  let parts = 0
  const seen = new Set<PickleDict>([items])
  const pending = [{ dict: items, depth: 0 }]
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { dict, depth } = step
    if (isOptimizer(dict) || depth > partsDepth) return false
    let holdsTensors = false
    for (const value of dict.values) {
      if (read(value) !== null) {
        holdsTensors = true
        continue
      }
      const inner = itemsOf(value)
      if (value === null) continue
      if (inner === undefined) return false
      if (!seen.has(inner)) pending.push({ dict: inner, depth: depth + 1 })
      seen.add(inner)
    }
    if (holdsTensors) parts++
  }
  return parts >= 2
}

export function metadataOf(value: PickleRecord): PickleDict | null {
  if (!isCall(value)) return null
  const attributes = attributesOf(value)
  const metadata = attributes === undefined ? undefined : getItem(attributes, '_metadata')
  return itemsOf(metadata) ?? null
}
