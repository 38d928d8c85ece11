import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'

export const valuesBool = rule({
  id: 'values/bool',
  level: 'error',
  needs: 'values',
  ofSamples: true,
  claim: 'Every byte of a bool tensor is 0 or 1',
  why: 'torch takes any other byte as true in one operation and as something else in the next: results differ by device.',
  case: 'Bool masks written as bytes of 255 by other programs, and read as bool without a comparison.',
  fix: 'make the tensor again: mask != 0, and save that',
  about: ['tensor'],
  message: ({ max }: { max: number }, { tensor }) =>
    `${quoted(tensor)} is of bool and has bytes that are neither 0 nor 1, up to ${max}`,
  measures: ['max'],

  *check({ readTensors }, tell) {
    for (const { tensor, reading } of readTensors)
      if (reading.dtype === 'BOOL' && Number(reading.values.max ?? 0) > 1)
        yield tell({ max: Number(reading.values.max) }, { tensor: tensor.name })
  },
})
