import { quoted } from '../../../errors.ts'
import { leafName } from '../../../model/modules/tree.ts'
import { rule } from '../../rule.ts'

/** How layouts call the factors that packed weights are multiplied by. */
const scales = /^(?:scales?|weight_scale(?:_inv|_2)?|input_scale|absmax|SCB|qscale_weight|qscale_act)$/

export const valuesQuantScales = rule({
  id: 'values/quant-scales',
  level: 'error',
  needs: 'values',
  claim: 'Quantisation scales are positive',
  why: 'A scale below zero turns the sign of every weight it stands for, and a group of scales of zero removes them.',
  case: 'Scales that were read as another type or byte order: values of both signs.',
  fix: 'quantise the model again',
  about: ['tensor'],
  message: ({ least, zeros }: { least: number; zeros: number | null }, { tensor }) =>
    zeros === null
      ? `${quoted(tensor)} holds quantisation scales and goes down to ${least}`
      : `all ${zeros} quantisation scales of ${quoted(tensor)} are zero`,
  measures: ['least'],

  *check({ readTensors }, tell) {
    for (const { tensor, reading, isChecked } of readTensors) {
      const { min, constant, elements } = reading.values
      const isScale = isChecked && tensor.kind !== 'parameter' && scales.test(leafName(tensor.name))
      if (!isScale || tensor.quantised?.logicalElements !== 0 || min === null) continue
      if (Number(min) < 0) yield tell({ least: Number(min), zeros: null }, { tensor: tensor.name })
      else if (constant && Number(min) === 0)
        yield tell({ least: 0, zeros: elements }, { tensor: tensor.name })
    }
  },
})
