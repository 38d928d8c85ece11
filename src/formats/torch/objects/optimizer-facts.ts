import { getItem, isRecord, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import type { OptimizerFacts } from '../../../model/checkpoint.ts'
import { isUnread, type TensorReader } from '../rebuild/tensor-record.ts'
import { elementsIn, itemsOf } from './objects.ts'

// State tensors of torch's optimizers (and bitsandbytes') that have their parameter's shape; torch/optim/*.py.
const shapedStates = [
  'exp_avg',
  'exp_avg_sq',
  'max_exp_avg_sq',
  'momentum_buffer',
  'square_avg',
  'sum',
  'ax',
  'prev',
  'exp_inf',
  'acc_delta',
  'grad_avg',
  'state1',
]

/** More than any model's; a list that a pickle repeats through its memo is not worth more work. */
const mostParameters = 2_000_000

type Parameter = OptimizerFacts['groups'][number]['parameters'][number]

/** What an optimizer's state dict says of the parameters it was given; null when it is not one that lists them. */
export function optimizerFacts(object: PickleValue, path: string, read: TensorReader): OptimizerFacts | null {
  const items = itemsOf(object)
  const state = items === undefined ? undefined : itemsOf(getItem(items, 'state'))
  const groups = items === undefined ? undefined : elementsIn(getItem(items, 'param_groups'))
  if (state === undefined || groups === undefined) return null
  let stateWithoutGradient = false
  let listedIds = 0
  const listed = groups.map((group) => {
    const options = itemsOf(group)
    if (options === undefined) return null
    // torch/optim/adagrad.py makes the state of every parameter when it is built.
    if (options.index.has('lr_decay') && options.index.has('initial_accumulator_value'))
      stateWithoutGradient = true
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
  for (const key of shapedStates) {
    const record = read(getItem(state, key))
    if (record !== null && !isUnread(record)) return record.shape
  }
  return null
}
