import { inspectionOf } from './inspection.ts'
import type { StateDictReport, TensorReport, ValueReport } from './report.ts'

/** One entry of a state dict: a tensor or a value. */
export type EntryReport =
  | { readonly tensor: TensorReport; readonly value?: undefined }
  | { readonly value: ValueReport; readonly tensor?: undefined }

/** The entries of a state dict in order, tensors and values. */
export function* entriesOf({
  tensors,
  values = [],
}: Pick<StateDictReport, 'tensors' | 'values'>): Generator<EntryReport> {
  let next = 0
  let index = 0
  for (const tensor of tensors) {
    for (let value = values[next]; value !== undefined && value.position <= index; value = values[++next])
      yield { value }
    yield { tensor }
    index++
  }
  for (; next < values.length; next++) yield { value: values[next] as ValueReport }
}

/** The values with a name that is `wanted`, at their places among the tensors that are. */
export function selectedValues(
  stateDict: StateDictReport,
  wanted: (name: string) => boolean,
): readonly ValueReport[] {
  const { values = [] } = stateDict
  if (values.length === 0) return []
  const { table } = inspectionOf(stateDict)
  const before = new Uint32Array(table.length + 1)
  for (let row = 0; row < table.length; row++)
    before[row + 1] = (before[row] as number) + (wanted(table.name(row)) ? 1 : 0)
  return values
    .filter(({ name }) => wanted(name))
    .map((value) => ({ ...value, position: before[value.position] ?? 0 }))
}

/** The values behind all tensors, where these are not in the order of the state dict. */
export function valuesBehind(stateDict: StateDictReport): readonly ValueReport[] {
  const { values = [] } = stateDict
  if (values.length === 0) return []
  const position = inspectionOf(stateDict).length
  return values.map((value) => ({ ...value, position }))
}
