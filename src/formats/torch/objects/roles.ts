import type { StateDict } from '../../../model/checkpoint.ts'
import { elementsOf } from '../../../model/tensors/tensor.ts'
import { isAveraged } from './state-dict-signs.ts'
import type { FoundStateDict } from './state-dicts.ts'

type Role = StateDict['role']

const bookkeeping =
  /(^|[._])(rng|rng_states?|random|schedulers?|lr_schedulers?|optim|optimizers?|optimizer_states?|callbacks?|loops?|scaler|amp|metrics?|meters?|queue|history|hub|sampler|train(?:er|ing)?_states?|data_?loader|loss_scaler?|args|cfg|config|hparams|hyper_parameters|meta|criterion_state)([._]|$)/i

/** Last segments of a model's path in the wrappers of the field, the likeliest first. */
const modelKeys = [
  '',
  'state_dict',
  'model_state_dict',
  'model',
  'module',
  'model_state',
  'params',
  'net',
  'network',
  'weights',
  'generator',
  'unet',
  'student',
  'backbone',
]

/** What the optimizers of ZeRO keep of the parameters they were given, flat (deepspeed/checkpoint/constants.py). */
const zeroGroups =
  /(^|\.)optimizer_state_dict\.(fp32_flat_groups|single_partition_of_fp32_groups|fp32_groups|clip_grad)(\.|$)/

/** What fastai keeps of each layer of an optimizer: `{'model': …, 'opt': {'state': […], 'hypers': […]}}`. */
const fastaiState = /(^|\.)opt\.state\.\d+$/

function roleOf({ path, family, entries }: FoundStateDict): Role {
  if (family === 'optimizer') return 'optimizer'
  if (family === 'loose' && entries.every(({ name }) => zeroGroups.test(name))) return 'optimizer'
  if (family === 'loose' && path !== '') return 'other'
  if (fastaiState.test(path)) return 'optimizer'
  if (isAveraged(path)) return 'ema'
  return bookkeeping.test(path) ? 'other' : 'model'
}

/** The state dicts with their roles, the main model first and the rest in file order. There is always a model. */
export function withRoles(
  found: readonly FoundStateDict[],
): { readonly stateDict: FoundStateDict; readonly role: Role }[] {
  const all = found.map((stateDict) => ({ stateDict, role: roleOf(stateDict) }))
  const candidates =
    firstNonEmpty(all, 'model') ?? firstNonEmpty(all, 'ema') ?? firstNonEmpty(all, 'other') ?? []
  const rank = ({ path }: FoundStateDict) => {
    const at = modelKeys.indexOf(path.slice(path.lastIndexOf('.') + 1).toLowerCase())
    return at < 0 ? modelKeys.length : at
  }
  const [main] = [...candidates].sort(
    (a, b) => rank(a.stateDict) - rank(b.stateDict) || elementsIn(b.stateDict) - elementsIn(a.stateDict),
  )
  if (main === undefined) return all
  return [{ ...main, role: 'model' }, ...all.filter((one) => one !== main)]
}

function elementsIn({ entries }: FoundStateDict): number {
  return entries.reduce((sum, { record }) => sum + elementsOf(record.shape), 0)
}

function firstNonEmpty<T extends { readonly stateDict: FoundStateDict; readonly role: Role }>(
  all: readonly T[],
  role: Role,
): readonly T[] | undefined {
  const some = all.filter((one) => one.role === role && one.stateDict.entries.length > 0)
  return some.length > 0 ? some : undefined
}
