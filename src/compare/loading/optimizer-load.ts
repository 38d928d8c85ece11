import type { Report, StateDictReport } from '../../model/report.ts'
import type { OptimizerGroup } from '../../model/saved-as.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import type { OptimizerLoad } from '../difference.ts'

type Optimizer = Pick<StateDictReport, 'path' | 'tensors' | 'values' | 'savedAs'>

/**
 * What `optimizer.load_state_dict(a)` would say for each optimizer of `a` that `b` has too: the one of the same path,
 * or the only ones (torch/optim/optimizer.py, torch 2.15).
 */
export function optimizerLoads(a: Report, b: Report): OptimizerLoad[] {
  const [ours, theirs] = [a, b].map(({ stateDicts }) => stateDicts.filter(({ role }) => role === 'optimizer'))
  if (ours === undefined || theirs === undefined) return []
  return ours.flatMap((one) => {
    const partner =
      theirs.find(({ path }) => path === one.path) ??
      (ours.length === 1 && theirs.length === 1 ? theirs[0] : undefined)
    return partner === undefined ? [] : [optimizerLoad(one, partner)]
  })
}

export function optimizerLoad(a: Optimizer, b: Optimizer): OptimizerLoad {
  const [given, wanted] = [a.savedAs?.groups, b.savedAs?.groups]
  const sizes = (groups: readonly OptimizerGroup[] | null | undefined) =>
    groups?.map(({ parameters }) => parameters ?? 0) ?? null
  const error =
    given == null || wanted == null ? null : (errorOf(given, wanted) ?? stateError(a, given, wanted))
  return {
    a: a.path,
    b: b.path,
    groupsA: sizes(given),
    groupsB: sizes(wanted),
    error,
    isKnown: given != null && wanted != null,
    misfits: given != null && wanted != null && error === null ? misfitsOf(a, b) : [],
  }
}

function errorOf(
  given: readonly OptimizerGroup[],
  wanted: readonly OptimizerGroup[],
): OptimizerLoad['error'] {
  if (given.length !== wanted.length)
    return { type: 'ValueError', message: 'loaded state dict has a different number of parameter groups' }
  if (given.some(({ parameters }) => parameters === null)) return { type: 'KeyError', message: "'params'" }
  if (given.some(({ parameters }, i) => parameters !== wanted[i]?.parameters))
    return {
      type: 'ValueError',
      message:
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
    }
  return null
}

/**
 * What each optimizer takes from the state of a parameter when it is loaded, by an option that only it has
 * (`__setstate__` in torch/optim). That of another optimizer may lack it.
 */
const taken: readonly (readonly [option: string, state: readonly string[]])[] = [
  ['lambd', ['step', 'eta', 'mu']],
  ['momentum_decay', ['step', 'mu_product']],
  ['dampening', []],
  ['initial_accumulator_value', ['step']],
  ['amsgrad', ['step']],
  ['beta2_decay', ['step']],
  ['rho', ['step']],
  ['centered', ['step']],
  ['etas', ['step']],
  ['betas', ['step']],
]

function stateError(
  a: Optimizer,
  given: readonly OptimizerGroup[],
  [first]: readonly OptimizerGroup[],
): OptimizerLoad['error'] {
  const keys = taken.find(([option]) => first?.options.includes(option))?.[1] ?? []
  if (keys.length === 0) return null
  const parameters = given.reduce((sum, group) => sum + (group.parameters ?? 0), 0)
  const states = new Map<number, Set<string>>()
  for (const { name } of [...a.tensors, ...(a.values ?? [])]) {
    const found = /^state\.(\d+)\.([^.]+)/.exec(name)
    const id = Number(found?.[1] ?? Number.NaN)
    if (!(id < parameters)) continue
    const state = states.get(id)
    if (state === undefined) states.set(id, new Set([found?.[2] ?? '']))
    else state.add(found?.[2] ?? '')
  }
  for (const [, state] of [...states].sort(([x], [y]) => x - y))
    for (const key of keys) if (!state.has(key)) return { type: 'KeyError', message: `'${key}'` }
  return null
}

/** State of a parameter: torch takes it whatever its shape, and the next step fails or broadcasts. */
function misfitsOf(a: Optimizer, b: Optimizer): OptimizerLoad['misfits'] {
  const shapes = new Map<string, readonly number[]>()
  for (const { name, shape } of b.tensors) shapes.set(name, shape)
  const misfits: { name: string; a: readonly number[]; b: readonly number[] }[] = []
  for (const { name, shape } of a.tensors) {
    const other = shapes.get(name)
    if (other !== undefined && !sameShape(shape, other)) misfits.push({ name, a: shape, b: other })
  }
  return misfits
}
