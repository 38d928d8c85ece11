import type { StateDict, ValueEntry } from '../../../model/checkpoint.ts'
import { innerTensors } from '../rebuild/inner-tensors.ts'
import type { Spend } from '../rebuild/rebuild-arguments.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { placedParts, type StoragePlacer } from '../rebuild/tensors.ts'
import { described } from './describe.ts'
import type { FoundValue } from './state-dicts.ts'

interface Reading {
  readonly read: TensorReader
  readonly place: StoragePlacer
  readonly spend: Spend
}

/** The entries of a state dict that are no tensors, with the tensors inside them. */
export function valueEntries(
  values: readonly FoundValue[],
  { read, place, spend }: Reading,
): Pick<StateDict, 'values'> {
  if (values.length === 0) return {}
  return {
    values: values.map(({ name, position, value, sameAs }): ValueEntry => {
      if (sameAs !== undefined)
        return {
          name,
          position,
          description: `the same object as ${sameAs === '' ? 'what holds it' : sameAs}`,
        }
      const parts = innerTensors(value, read, spend)
      const description = described(value, read)
      return parts.length === 0
        ? { name, position, description }
        : { name, position, description, parts: placedParts(parts, place) }
    }),
  }
}
