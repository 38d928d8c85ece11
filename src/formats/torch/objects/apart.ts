import type { PickleRecord, PickleValue } from '../../../codec/pickle-value.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { itemsOf } from './objects.ts'
import { optimizerStateDict } from './pickled-optimizer.ts'
import {
  isAveraged,
  isAveragedList,
  isFlatOptimizer,
  isMostlyTensors,
  isOptimizer,
} from './state-dict-signs.ts'

const trainingKey =
  /^(?:optim|optimizers?|optimizer_states?|train(?:er|ing)?_states?|rng_states?|(?:lr_)?schedulers?|(?:loss_)?scaler|callbacks|data_?loader)$/i

/**
 * Whether what stands under a key of a state dict is of the training and no part of it: people put an optimizer and an averaged
 * copy beside the tensors (`{**model.state_dict(), 'optimizer': optimizer.state_dict()}`).
 */
export function isApart(key: PickleValue | undefined, value: PickleRecord, read: TensorReader): boolean {
  if (typeof key !== 'string' || key.includes('.')) return false
  if (trainingKey.test(key)) return true
  if (optimizerStateDict(value) !== undefined || isAveragedList(value, key, read)) return true
  const items = itemsOf(value)
  if (items === undefined) return false
  return isOptimizer(items) || isFlatOptimizer(items) || (isAveraged(key) && isMostlyTensors(items, read))
}
