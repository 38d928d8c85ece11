import {
  getItem,
  isRecord,
  newDict,
  type PickleDict,
  type PickleValue,
  setItem,
} from '../../../codec/pickle-value.ts'
import { attribute, elementsIn, isCall, isPlainDict, itemsOf } from './objects.ts'
import { mostParameters } from './optimizer-facts.ts'

/**
 * What `state_dict()` of a pickled optimizer gives: the state of each parameter under its number, in the order of the groups
 * (torch/optim/optimizer.py, `state_dict` and `__getstate__`).
 *
 * @returns undefined for what is no optimizer
 */
export function optimizerStateDict(value: PickleValue): PickleDict | undefined {
  if (!isCall(value) || isPlainDict(value)) return undefined
  const state = itemsOf(attribute(value, 'state'))
  const groups = elementsIn(attribute(value, 'param_groups'))
  if (state === undefined || groups === undefined || groups.length === 0) return undefined
  const numbers = new Map<PickleValue, number>()
  const packedGroups: PickleValue[] = []
  for (const group of groups) {
    const options = itemsOf(group)
    const parameters = options === undefined ? undefined : elementsIn(getItem(options, 'params'))
    if (options === undefined || parameters === undefined) return undefined
    if (numbers.size + parameters.length > mostParameters) return undefined
    for (const parameter of parameters) {
      if (!isRecord(parameter)) return undefined
      if (!numbers.has(parameter)) numbers.set(parameter, numbers.size)
    }
    const items = parameters.map((parameter) => numbers.get(parameter) as number)
    packedGroups.push(replaced(options, 'params', { kind: 'list', items }))
  }
  const packedState = newDict()
  state.keys.forEach((key, i) => {
    const packed = numbers.get(key) ?? key
    setItem(packedState, packed, state.values[i] as PickleValue, packed)
  })
  const packed = newDict()
  setItem(packed, 'state', packedState, 'state')
  setItem(packed, 'param_groups', { kind: 'list', items: packedGroups }, 'param_groups')
  return packed
}

function replaced({ keys, values }: PickleDict, name: string, by: PickleValue): PickleDict {
  const copy = newDict()
  keys.forEach((key, i) => {
    setItem(copy, key, key === name ? by : (values[i] as PickleValue), key)
  })
  return copy
}
