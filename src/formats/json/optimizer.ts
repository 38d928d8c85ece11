import type { Skeleton, SkeletonMap } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import type { OptimizerFacts, StateDict } from '../../model/checkpoint.ts'
import { parameterShape } from '../../model/optimizer-states.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import type { TensorList } from '../../model/tensors/tensor-list.ts'
import { jsonStateDict, type StateDictPlace } from './state-dict.ts'
import { isMap } from './tensor-search.ts'

/** An optimizer's state dict: what it keeps, and what that says of the parameters it was given. */
export interface JsonOptimizer {
  readonly stateDict: StateDict
  /** null where its lists of parameters are too long to have been kept. */
  readonly facts: OptimizerFacts | null
}

/** Whether a value is what `torch.optim.Optimizer.state_dict()` gives: `{state, param_groups}`. */
export function isOptimizer(value: Skeleton | undefined): value is SkeletonMap {
  return isMap(value) && isMap(value.get('state')) && value.get('param_groups') !== undefined
}

export function jsonOptimizer(map: SkeletonMap, place: StateDictPlace): JsonOptimizer {
  const stateDict = jsonStateDict(map, place)
  const states = statesOf(stateDict.tensors)
  const listed = map.get('param_groups')
  const groups = (Array.isArray(listed) ? listed : []).filter(isMap)
  if (groups.some((group) => isTooLong(group.get('params')))) return { stateDict, facts: null }
  return {
    stateDict,
    facts: {
      path: place.path,
      groups: groups.map((group) => ({ parameters: parametersOf(group, states) })),
    },
  }
}

/** Of a list of more numbers than are kept, none is. */
function isTooLong(value: Skeleton | undefined): boolean {
  return value instanceof NumberList && value.integers === null
}

/** Ids of parameters with the shapes of their state: `state.3.exp_avg` is of parameter `3`. */
function statesOf(tensors: TensorList<Tensor>): ReadonlyMap<string, Tensor[]> {
  const states = new Map<string, Tensor[]>()
  for (const tensor of tensors) {
    if (!tensor.name.startsWith('state.')) continue
    // A parameter's own name may have dots, the name of a state has none.
    const id = tensor.name.slice('state.'.length, tensor.name.lastIndexOf('.'))
    const known = states.get(id)
    if (known === undefined) states.set(id, [tensor])
    else known.push(tensor)
  }
  return states
}

function parametersOf(
  group: SkeletonMap,
  states: ReadonlyMap<string, readonly Tensor[]>,
): OptimizerFacts['groups'][number]['parameters'] {
  const ids = textsOf(group.get('params'))
  const names = textsOf(group.get('param_names'))
  return ids.map((id, position) => {
    const state = states.get(id) ?? []
    // An optimizer keyed by name (FSDP, distributed checkpoints) gives names for ids.
    const name = names[position] ?? (isCount(id) ? null : id)
    return { name, shape: parameterShape(shapesOf(state)), hasState: state.length > 0 }
  })
}

function textsOf(value: Skeleton | undefined): readonly string[] {
  if (value instanceof NumberList) return value.integers?.map(String) ?? []
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function isCount(id: string): boolean {
  return Number.isSafeInteger(Number(id))
}

function shapesOf(state: readonly Tensor[]): Map<string, readonly number[]> {
  return new Map(state.map(({ name, shape }) => [leafOf(name), shape]))
}

function leafOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
