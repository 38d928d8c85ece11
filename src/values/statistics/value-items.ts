import { type DType, dtypes } from '../../model/dtype.ts'
import { type Part, partsOf } from '../../model/representation.ts'
import { elementsOf, type Tensor } from '../../model/tensor.ts'
import { valueType } from '../gather.ts'

/** A run of values to look at: a tensor's own, or those of a tensor that it is made of. */
export interface ValueItem {
  /** Place of the tensor in the list that was asked for. */
  readonly index: number
  readonly tensor: Tensor
  /** Of a tensor that is made of others: which of them. */
  readonly part?: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly elements: number
  readonly bytes: number
}

/** Values that cannot be looked at, and why. */
export interface NoItem {
  readonly index: number
  readonly tensor: Tensor
  readonly part?: string
  readonly reason: string
  /** Of their bytes, where their number is known. */
  readonly bytes: number
}

/** What there is to look at in a tensor: its own values, those of its parts, and what cannot be. */
export function* itemsOf(tensor: Tensor, index: number): Generator<ValueItem | NoItem> {
  const parts = partsOf(tensor.representation)
  if (parts.length === 0 || typeof tensor.values !== 'string')
    yield itemOf(index, tensor, { ...tensor, name: '' })
  for (const part of parts) yield itemOf(index, tensor, part)
}

/** The tensor that an item's values are those of: its own, or one that it is made of. */
export function tensorOf({ tensor, part }: Pick<ValueItem, 'tensor' | 'part'>): Tensor {
  const found =
    part === undefined ? undefined : partsOf(tensor.representation).find(({ name }) => name === part)
  if (found === undefined) return tensor
  return { ...found, name: tensor.name, elements: elementsOf(found.shape), bytes: null, tiedTo: null }
}

function itemOf(index: number, tensor: Tensor, { name, dtype, shape, values }: Part): ValueItem | NoItem {
  const type = valueType({ dtype, values })
  const elements = elementsOf(shape)
  const bytes = type === null ? 0 : Math.ceil((elements * dtypes[type].bits) / 8)
  const head = { index, tensor, ...(name === '' ? {} : { part: name }) }
  if (typeof values === 'string' || type === null) {
    const reason = typeof values === 'string' ? reasons[values] : 'its type is not recorded'
    return { ...head, reason, bytes }
  }
  return { ...head, dtype: type, shape, elements, bytes }
}

const reasons = {
  meta: 'it was saved without values, from the meta device',
  'not in this file': 'its values are not in this file, which only describes it',
  'in its parts': 'its values are in tensors that are not there',
  'layout not known': 'its values are stored in a form that is not read',
} as const
