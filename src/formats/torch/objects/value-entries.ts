import type { StateDict, ValueEntry } from '../../../model/checkpoint.ts'
import { innerTensors } from '../rebuild/inner-tensors.ts'
import type { Spend } from '../rebuild/rebuild-arguments.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { placedParts, type StoragePlacer } from '../rebuild/tensors.ts'
import { described } from './describe.ts'
import { pythonType } from './python-type.ts'
import type { FoundValue } from './state-dicts.ts'

interface Reading {
  readonly read: TensorReader
  readonly place: StoragePlacer
  readonly spend: Spend
}

/** The entries of a state dict that are no tensors, with the tensors inside them. */
export function valueEntries(values: readonly FoundValue[], reading: Reading): Pick<StateDict, 'values'> {
  return values.length === 0 ? {} : { values: values.map((value) => valueEntry(value, reading)) }
}

function valueEntry(
  { name, position, value, sameAs, isApart }: FoundValue,
  { read, place, spend }: Reading,
): ValueEntry {
  const entry = { name, position, type: pythonType(value, read) }
  if (sameAs !== undefined)
    return { ...entry, description: `the same object as ${sameAs === '' ? 'what holds it' : sameAs}` }
  const parts = isApart ? [] : innerTensors(value, read, spend)
  return {
    ...entry,
    description: described(value, read),
    ...(parts.length === 0 ? {} : { parts: placedParts(parts, place) }),
  }
}
