import { leafName } from '../../model/modules/tree.ts'
import type { Report, StateDictReport, TensorReport } from '../../model/report.ts'
import type { TensorReading, ValueReading } from '../../model/values/value-reading.ts'

/** A tensor, or an entry that holds some, and what was seen in its values. */
export interface ReadTensor {
  readonly tensor: Pick<
    TensorReport,
    'name' | 'dtype' | 'shape' | 'elements' | 'kind' | 'kindLevel' | 'quantised'
  >
  readonly reading: TensorReading
  /** It is of the state dict that is checked, and not of an optimizer or a copy beside it. */
  readonly isChecked: boolean
}

/**
 * Every tensor whose values were read, tied ones once.
 *
 * @param checked the state dict that is checked
 */
export function readTensors(
  values: ValueReading | null,
  { stateDicts }: Report,
  checked: StateDictReport | null,
): readonly ReadTensor[] {
  if (values === null) return []
  return stateDicts.flatMap((stateDict) => {
    const readings = values.stateDicts.get(stateDict.path) ?? []
    if (readings.length === 0) return []
    const byName = new Map<string, ReadTensor['tensor']>(
      Array.from(stateDict.tensors, (tensor) => [tensor.name, tensor]),
    )
    for (const { name } of stateDict.values ?? []) byName.set(name, { name, ...ofNoTensor })
    return readings.flatMap((reading) => {
      const tensor = byName.get(reading.name)
      if (tensor === undefined || reading.tiedTo !== null) return []
      return { tensor, reading, isChecked: stateDict === checked }
    })
  })
}

const ofNoTensor = {
  dtype: null,
  shape: [],
  elements: 0,
  kind: 'other',
  kindLevel: 'recognised',
} as const

/** Names of tensors that count places: 0, 1, 2 and so on. */
const placeNames = /^(?:position_ids|position_index|positions|pos_ids)$/

/** Whether a tensor of this name counts places from 0. */
export function countsPlaces(name: string): boolean {
  return placeNames.test(leafName(name))
}
