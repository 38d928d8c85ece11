import { getItem, isRecord, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import type { OptimizerFacts } from '../../../model/checkpoint.ts'
import { parameterShape } from '../../../model/optimizer-states.ts'
import { isUnread, type TensorReader } from '../rebuild/tensor-record.ts'
import { elementsIn, itemsOf } from './objects.ts'
import { isFlatOptimizer } from './state-dict-signs.ts'

/** More than any model's; a list that a pickle repeats through its memo is not worth more work. */
export const mostParameters = 2_000_000

type Parameter = OptimizerFacts['groups'][number]['parameters'][number]

/** What an optimizer's state dict says of the parameters it was given; null when it is not one that lists them. */
export function optimizerFacts(object: PickleValue, path: string, read: TensorReader): OptimizerFacts | null {
  const items = itemsOf(object)
  const state = items === undefined ? undefined : itemsOf(getItem(items, 'state'))
  const groups = items === undefined ? undefined : elementsIn(getItem(items, 'param_groups'))
  if (items !== undefined && isFlatOptimizer(items)) return flatFacts(items, path, read)
  if (state === undefined || groups === undefined) return null
  let stateWithoutGradient = false
  let listedIds = 0
  const listed = groups.map((group) => {
    const options = itemsOf(group)
    if (options === undefined) return null
    if (isAdagrad(options.index)) stateWithoutGradient = true
    const ids = elementsIn(getItem(options, 'params'))
    const names = elementsIn(getItem(options, 'param_names'))
    listedIds += ids?.length ?? 0
    if (listedIds > mostParameters) return null
    return ids?.map((id, i) => parameter(id, names?.[i], state, read)) ?? null
  })
  if (listed.some((group) => group === null)) return null
  return {
    path,
    groups: (listed as Parameter[][]).map((parameters) => ({ parameters })),
    ...(stateWithoutGradient ? { stateWithoutGradient } : {}),
  }
}

/** Of one that was flattened: a key says whose state or option it is, and the groups are not to be known. */
function flatFacts({ keys, values }: PickleDict, path: string, read: TensorReader): OptimizerFacts | null {
  const seen = new Map<string, Map<string, readonly number[]>>()
  const options = new Set<string>()
  keys.forEach((key, i) => {
    const [, kind, name, leaf] = /^(state|param_groups)\.(.+)\.([^.]+)$/s.exec(key as string) ?? []
    if (name === undefined || leaf === undefined) return
    const states = seen.get(name) ?? new Map<string, readonly number[]>()
    seen.set(name, states)
    const record = read(values[i])
    if (kind === 'param_groups') options.add(leaf)
    else if (record !== null && !isUnread(record)) states.set(leaf, record.shape)
  })
  if (seen.size > mostParameters) return null
  const parameters = Array.from(seen, ([name, states]) => ({
    name,
    shape: states.size === 0 ? null : parameterShape(states),
    hasState: states.size > 0,
  }))
  return { path, groups: [{ parameters }], ...(isAdagrad(options) ? { stateWithoutGradient: true } : {}) }
}

/** torch/optim/adagrad.py makes the state of every parameter when it is built. */
function isAdagrad(options: { has(option: string): boolean }): boolean {
  return options.has('lr_decay') && options.has('initial_accumulator_value')
}

/** @param id the key of the parameter's state: a number, or its full name (FSDP, distributed checkpoints) */
function parameter(
  id: PickleValue,
  name: PickleValue | undefined,
  state: PickleDict,
  read: TensorReader,
): Parameter {
  const at = isRecord(id) ? undefined : state.index.get(typeof id === 'boolean' ? Number(id) : id)
  const own = at === undefined ? undefined : itemsOf(state.values[at])
  const known = typeof name === 'string' ? name : typeof id === 'string' ? id : null
  const hasState = own !== undefined && own.keys.length > 0
  return { name: known, shape: own === undefined ? null : shapeOf(own, read), hasState }
}

function shapeOf(state: PickleDict, read: TensorReader): readonly number[] | null {
  const states = new Map<string, readonly number[]>()
  for (const [i, key] of state.keys.entries()) {
    const record = read(state.values[i])
    if (typeof key === 'string' && record !== null && !isUnread(record)) states.set(key, record.shape)
  }
  return parameterShape(states)
}
