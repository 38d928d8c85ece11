import { bytesText } from '../../../model/bytes-text.ts'
import { rule } from '../../rule.ts'

export const valuesDtypeRoundtrip = rule({
  id: 'values/dtype-roundtrip',
  level: 'off',
  needs: 'values',
  claim: 'Values need the type that they are stored in',
  why: 'A file of F32 that holds only what BF16 holds is twice as large as it need be, and was made from a rounded one.',
  case: 'Half-precision releases upcast to float32 on the way: twice the download for the same numbers.',
  fix: 'store it in the narrower type',
  message: ({ tensors, type, bytes }: { tensors: number; type: string; bytes: number }) =>
    `all values of the ${tensors} tensors of F32 are values of ${type}: ${bytesText(bytes)} would do`,
  measures: ['tensors', 'bytes'],

  *check({ readTensors }, tell) {
    let [tensors, elements] = [0, 0]
    const holds = { BF16: true, F16: true }
    for (const { tensor, reading, isChecked } of readTensors) {
      if (!isChecked || tensor.kind !== 'parameter' || reading.dtype !== 'F32') continue
      tensors++
      elements += reading.values.elements
      for (const type of ['BF16', 'F16'] as const)
        if (reading.values.representable?.[type] !== reading.values.elements) holds[type] = false
    }
    const type = holds.BF16 ? 'BF16' : holds.F16 ? 'F16' : null
    if (tensors > 0 && type !== null) yield tell({ tensors, type, bytes: 2 * elements })
  },
})
