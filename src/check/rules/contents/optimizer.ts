import { quoted } from '../../../errors.ts'
import type { OptimizerFacts, StateDict } from '../../../model/checkpoint.ts'
import { rule } from '../../rule.ts'

type Unfit =
  | {
      readonly what: 'name'
      readonly path: string
      readonly name: string
      readonly is: string | null
      readonly state: string
    }
  | {
      readonly what: 'shapes'
      readonly path: string
      readonly unfit: number
      readonly of: number
      readonly shape: string
    }

export const contentsOptimizer = rule({
  id: 'contents/optimizer-fit',
  level: 'warning',
  claim: 'The optimizer in the file is of the parameters in the file',
  why: 'load_state_dict of an optimizer compares the number of parameters and no shapes: what does not fit ends the first step after training was to go on, or makes a restored momentum of another tensor’s.',
  case: 'The embedding was resized, or the model replaced, and the file still holds the optimizer of before.',
  fix: 'save model.state_dict() and optimizer.state_dict() at the same step, or leave the optimizer out',
  message: (args: Unfit) =>
    args.what === 'name'
      ? `${quoted(args.path)} has state of shape ${args.state} for ${quoted(args.name)}, which is ${args.is ?? 'not in the file'}`
      : `${quoted(args.path)} has state for ${args.of} parameters, and of ${args.unfit} the shape is that of no tensor left: ${args.shape}`,

  *check({ checkpoint, isWhole }, tell) {
    if (!isWhole) return
    const optimizers = new Set(checkpoint.stateDicts.flatMap(({ facts }) => facts.optimizers ?? []))
    if (optimizers.size === 0) return
    const models = checkpoint.stateDicts.filter(({ role }) => role !== 'optimizer')
    for (const optimizer of optimizers) {
      const named = [...unfitNames(optimizer, models)]
      for (const each of named.slice(0, mostNames)) yield tell(each)
      if (named.length === 0) {
        const shapes = unfitShapes(optimizer, models)
        if (shapes !== null) yield tell(shapes)
      }
    }
  },
})

/** Names of one optimizer that are told. */
const mostNames = 5

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** Where the optimizer recorded names: each is compared with the tensor of its name. */
function* unfitNames({ path, groups }: OptimizerFacts, models: readonly StateDict[]): Iterable<Unfit> {
  const parameters = groups.flatMap((group) => group.parameters)
  if (parameters.every(({ name }) => name === null)) return
  const shapes = new Map<string, readonly (readonly number[])[]>()
  for (const { tensors } of models)
    for (const { name, shape } of tensors) shapes.set(name, [...(shapes.get(name) ?? []), shape])
  const known = parameters.filter(({ name }) => name !== null && shapes.has(name)).length
  // Names of another spelling say nothing of what is there.
  if (2 * known < parameters.length) return
  for (const { name, shape } of parameters) {
    if (name === null || shape === null) continue
    const there = shapes.get(name)
    if (there?.some((one) => one.join() === shape.join()) === true) continue
    const [is] = there ?? []
    yield { what: 'name', path, name, is: is === undefined ? null : shapeText(is), state: shapeText(shape) }
  }
}

/**
 * Each state takes a tensor of its shape. Where most do, those that find none are of tensors that are no more; where
 * few do, the optimizer keeps its state in another form (flat, sharded), or is of a model that is elsewhere.
 */
function unfitShapes({ path, groups }: OptimizerFacts, models: readonly StateDict[]): Unfit | null {
  const free = new Map<string, number>()
  for (const { tensors } of models)
    for (const { shape } of tensors) {
      const key = shape.join()
      free.set(key, (free.get(key) ?? 0) + 1)
    }
  const shapes = groups.flatMap(({ parameters }) =>
    parameters.flatMap(({ shape }) => (shape === null ? [] : [shape])),
  )
  const unfit = shapes.filter((shape) => {
    const key = shape.join()
    const left = free.get(key) ?? 0
    if (left > 0) free.set(key, left - 1)
    return left === 0
  })
  const [first] = unfit
  if (first === undefined || 2 * unfit.length >= shapes.length) return null
  return { what: 'shapes', path, unfit: unfit.length, of: shapes.length, shape: shapeText(first) }
}
