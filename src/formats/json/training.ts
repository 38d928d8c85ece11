import type { Skeleton, SkeletonMap } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import type { OptimizerFacts, StateDict } from '../../model/checkpoint.ts'
import { isManifestEntry } from './manifest-entry.ts'
import { isOptimizer, jsonOptimizer } from './optimizer.ts'
import { jsonStateDict, type StateDictPlace } from './state-dict.ts'
import { firstOtherMember, isMap, isModule, tensorStyle } from './tensor-search.ts'

/** Keys under which training scripts keep a model's state dict. The first that is there is the main one. */
const modelKeys = [
  'state_dict',
  'model_state_dict',
  'model',
  'model_state',
  'module',
  'net',
  'network',
  'weights',
  'params',
]
const averageKeys = [
  'ema',
  'model_ema',
  'ema_model',
  'ema_state_dict',
  'state_dict_ema',
  'ema_state',
  'averaged_model',
  'model_avg',
]

/** Keys of things that may hold lists of numbers and are no tensors. */
const settingsKeys = [
  'hparams',
  'hyper_parameters',
  'config',
  'cfg',
  'args',
  'lr_schedulers',
  'lr_scheduler',
  'scheduler',
  'loops',
  'callbacks',
  'metrics',
  'history',
]

/** What of a place does not depend on which state dict it is for. */
export type Surroundings = Omit<StateDictPlace, 'path' | 'role'>

/** Whether a document holds a model's state dict under a key, or an optimizer's anywhere. */
export function isTraining(document: SkeletonMap): boolean {
  for (const key of [...modelKeys, ...averageKeys]) if (isModule(document.get(key) ?? null)) return true
  return [...document.values()].some((value) => isOptimizer(value) || optimizersOf(value).length > 0)
}

/**
 * The state dicts of a training checkpoint, the model's first. What the optimizers say is a fact of each model
 * in it: which it was given to is for the evidence to find.
 */
export function trainingStateDicts(document: SkeletonMap, around: Surroundings): readonly StateDict[] {
  const stateDicts: StateDict[] = []
  const optimizers: OptimizerFacts[] = []
  const others = new Map<string, Skeleton>()
  const takeOptimizer = (path: string, value: SkeletonMap): void => {
    const { stateDict, facts } = jsonOptimizer(value, { ...around, path, role: 'optimizer' })
    stateDicts.push(stateDict)
    if (facts !== null) optimizers.push(facts)
  }
  for (const [key, value] of document) {
    if (isOptimizer(value)) takeOptimizer(key, value)
    else if (optimizersOf(value).length > 0) {
      for (const [index, one] of optimizersOf(value)) takeOptimizer(`${key}.${index}`, one)
    } else if (isStateDict(key, value))
      stateDicts.push(jsonStateDict(value, { ...around, path: key, role: roleOf(key) }))
    else others.set(key, value)
  }
  const beside = new Map([...others].filter(([key, value]) => mayBeEntry(key, value)))
  const isModel = isModule(beside) && stateDicts.every(({ role }) => role === 'optimizer' || role === 'ema')
  if (isModel) stateDicts.unshift(jsonStateDict(beside, { ...around, path: '', role: 'model' }))
  for (const [key, value] of others) if (!isModel || !beside.has(key)) around.values.add(key, value)
  return inRank(withMain(stateDicts)).map((stateDict) =>
    optimizers.length > 0 && stateDict.role !== 'optimizer'
      ? { ...stateDict, facts: { ...stateDict.facts, optimizers } }
      : stateDict,
  )
}

/** Under a key that is known, or all of it tensors: settings have texts between their numbers. */
function isStateDict(key: string, value: Skeleton): value is SkeletonMap {
  if (!isModule(value) || settingsKeys.includes(key)) return false
  if (roleOf(key) !== 'other' || tensorStyle(value) === 'manifest') return true
  return firstOtherMember(value) === undefined
}

/**
 * Whether a member beside an optimizer may be a tensor of the model: one that is described, or its values under the name of an entry.
 * What has neither dots nor elements is a number of the training (`epoch`).
 */
function mayBeEntry(key: string, value: Skeleton): boolean {
  if (isManifestEntry(value)) return true
  return (
    !settingsKeys.includes(key) &&
    (value instanceof NumberList || (key.includes('.') && !isMap(value) && typeof value !== 'string'))
  )
}

/** The optimizers in a list, with their places in it. */
function optimizersOf(value: Skeleton): [index: number, optimizer: SkeletonMap][] {
  if (!Array.isArray(value)) return []
  const found: [number, SkeletonMap][] = []
  value.forEach((one: Skeleton, index) => {
    if (isOptimizer(one)) found.push([index, one])
  })
  return found
}

function roleOf(key: string): StateDict['role'] {
  return modelKeys.includes(key) ? 'model' : averageKeys.includes(key) ? 'ema' : 'other'
}

/** Where no key is known for a model's, the first that is not known for something else is the model's. */
function withMain(stateDicts: readonly StateDict[]): readonly StateDict[] {
  if (stateDicts.some((one) => one.role === 'model')) return stateDicts
  const main = stateDicts.find((one) => one.role === 'other') ?? stateDicts.find((one) => one.role === 'ema')
  return stateDicts.map((one) => (one === main ? { ...one, role: 'model' as const } : one))
}

function inRank(stateDicts: readonly StateDict[]): readonly StateDict[] {
  const roles: readonly StateDict['role'][] = ['model', 'ema', 'other', 'optimizer']
  const rank = (one: StateDict): number => {
    const key = modelKeys.indexOf(one.path)
    return roles.indexOf(one.role) * 100 + (key < 0 ? 99 : key)
  }
  return [...stateDicts].sort((a, b) => rank(a) - rank(b))
}
