import type { TensorReport } from '../model/report.ts'
import type { TensorReading } from '../model/value-reading.ts'
import type { CheckSubject } from './check-subject.ts'

/** A tensor, and what was seen in its values. */
export interface ReadTensor {
  readonly tensor: TensorReport
  readonly reading: TensorReading
  /** Path of its state dict. */
  readonly stateDict: string
  /** It is of the state dict that is checked, and not of an optimizer or a copy beside it. */
  readonly isChecked: boolean
}

/** Every tensor whose values were read, tied ones once. */
export function* readTensors({ values, report, stateDict }: CheckSubject): Generator<ReadTensor> {
  if (values === null) return
  for (const each of report.stateDicts) {
    const readings = values.stateDicts.get(each.path) ?? []
    if (readings.length === 0) continue
    const byName = new Map(Array.from(each.tensors, (tensor) => [tensor.name, tensor]))
    for (const reading of readings) {
      const tensor = byName.get(reading.name)
      if (tensor !== undefined && reading.tiedTo === null)
        yield { tensor, reading, stateDict: each.path, isChecked: each === stateDict }
    }
  }
}

/** The last segment of a name: `weight`. */
export function leafOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** Names of tensors that count places: 0, 1, 2 and so on. */
const placeNames = /^(?:position_ids|position_index|positions|pos_ids)$/

/** Whether a tensor of this name counts places from 0. */
export function countsPlaces(name: string): boolean {
  return placeNames.test(leafOf(name))
}
