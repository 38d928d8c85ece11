import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'

/** The largest number of F16. */
const largestHalf = 65_504

export const valuesRange = rule({
  id: 'values/range',
  level: 'off',
  needs: 'values',
  ofSamples: true,
  claim: 'No weight is larger than F16 holds',
  why: 'Such a value becomes infinite when the model is converted to F16, which many servers do by default.',
  case: 'T5 and other models trained in bfloat16 that give NaN in float16.',
  fix: 'serve the model in BF16 or F32',
  about: ['tensor'],
  message: ({ largest }: { largest: number }, { tensor }) =>
    `${quoted(tensor)} goes up to ${largest}, and F16 to ${largestHalf}`,
  measures: ['largest'],

  *check({ readTensors }, tell) {
    for (const { tensor, reading, isChecked } of readTensors) {
      const largest = Number(reading.values.absMax ?? 0)
      const isWide = ['F32', 'F64', 'BF16'].includes(reading.dtype)
      if (isChecked && tensor.kind === 'parameter' && isWide && largest > largestHalf)
        yield tell({ largest }, { tensor: tensor.name })
    }
  },
})
