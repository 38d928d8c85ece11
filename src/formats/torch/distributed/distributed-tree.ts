import {
  getItem,
  isRecord,
  newDict,
  type PickleDict,
  type PicklePersistent,
  type PickleValue,
  setItem,
} from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import { stateNames } from '../../../model/optimizer-states.ts'
import type { TensorReader, TensorRecord } from '../rebuild/tensor-record.ts'
import type { DistributedMetadata, DistributedTensor } from './distributed-metadata.ts'

type Keys = readonly (string | number)[]

/** The dicts in dicts that were flattened when a checkpoint was saved, as `torch.save` would have pickled them. */
export interface DistributedTree {
  readonly root: PickleDict
  readonly read: TensorReader
  /** What is stored for a leaf of the tree. */
  tensorAt(leaf: PickleValue): DistributedTensor | undefined
  /** The keys that lead to a dict. */
  keysOf(dict: PickleValue): Keys
}

/**
 * The tree that `planner_data` tells (torch/distributed/checkpoint/_nested_dict.py): a name that it does not list is a key of the
 * outermost dict.
 *
 * @throws SdinspectError `format/malformed` where two entries have one place, as no dict has
 */
export function distributedTree(
  { tensors, values, paths }: DistributedMetadata,
  limits: Limits,
): DistributedTree {
  const root = newDict()
  const keysOf = new Map<PickleValue, Keys>([[root, []]])
  const tensorAt = new Map<PickleValue, DistributedTensor>()
  const records = new Map<PickleValue, TensorRecord>()
  const insert = (name: string): PicklePersistent => {
    const leaf: PicklePersistent = { kind: 'persistent', id: name, offset: 0 }
    const keys = pathOf(name, paths)
    withinLimit(limits, 'pickleDepth', keys.length, '.metadata: the nesting of dicts')
    let dict = root
    for (let depth = 1; depth < keys.length; depth++) {
      const key = keys[depth - 1] as string | number
      const at = dict.index.get(key)
      let inner = at === undefined ? undefined : dict.values[at]
      if (inner === undefined) {
        inner = newDict()
        keysOf.set(inner, keys.slice(0, depth))
        setItem(dict, key, inner, key)
      }
      if (!isRecord(inner) || inner.kind !== 'dict') throw twoAt(name)
      dict = inner
    }
    const key = keys[keys.length - 1] as string | number
    if (dict.index.has(key)) throw twoAt(name)
    setItem(dict, key, leaf, key)
    return leaf
  }
  for (const tensor of tensors) {
    const leaf = insert(tensor.name)
    tensorAt.set(leaf, tensor)
    records.set(leaf, recordOf(tensor))
  }
  for (const name of values) insert(name)
  for (const dict of keysOf.keys()) completeOptimizer(dict as PickleDict)
  return {
    root,
    read: (value) => (value === undefined ? null : (records.get(value) ?? null)),
    tensorAt: (leaf) => tensorAt.get(leaf),
    keysOf: (dict) => keysOf.get(dict) ?? [],
  }
}

/** The keys of the dicts around an entry, and its own. */
export function pathOf(name: string, paths: DistributedMetadata['paths']): Keys {
  const keys = paths.get(name)
  return keys === undefined || keys.length === 0 ? [name] : keys
}

function twoAt(name: string): SdinspectError {
  return new SdinspectError(
    'format/malformed',
    `.metadata: planner_data has two entries at the place of ${JSON.stringify(name.slice(0, 200))}`,
    { tensor: name },
  )
}

/** Groups without options leave nothing in the file, not even the key that tells an optimizer. */
function completeOptimizer(dict: PickleDict): void {
  const state = getItem(dict, 'state')
  if (dict.keys.length !== 1 || !isRecord(state) || state.kind !== 'dict') return
  const [parameter] = state.values
  if (!isRecord(parameter) || parameter.kind !== 'dict') return
  if (!parameter.keys.every((key) => typeof key === 'string' && stateNames.has(key))) return
  setItem(dict, 'param_groups', { kind: 'list', items: [] }, 'param_groups')
}

/** Only its type and shape are told: where its values are is in its chunks. */
function recordOf({ dtype, shape, requiresGrad }: DistributedTensor): TensorRecord {
  return {
    dtype,
    shape,
    strides: null,
    offset: 0,
    storage: null,
    inline: null,
    requiresGrad,
    role: 'tensor',
    persistent: null,
    conj: false,
    neg: false,
    representation: null,
  }
}
