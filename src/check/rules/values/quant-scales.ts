import { quoted } from '../../../errors.ts'
import type { Checkpoint } from '../../../model/checkpoint.ts'
import type { FindingLevel } from '../../../model/finding.ts'
import { leafName } from '../../../model/modules/tree.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { rule } from '../../rule.ts'
import type { ReadTensor } from '../../structure/value-tensors.ts'

type BadScales =
  | { readonly is: 'negative'; readonly least: number; readonly isSigned: boolean }
  | { readonly is: 'zero'; readonly zeros: number; readonly elements: number }
  | { readonly is: 'no-power' }

/** How layouts call the factors that packed weights are multiplied by. */
const scales =
  /^(?:scales?|_scale|wscales|(?:\w+_proj_)?(?:weight_)?scales?(?:_inv|_2)?|(?:weight_|input_)?global_scale|(?:input|output|activation|[kv])_scale|(?:nested_)?absmax|SCB|qscale_(?:weight|act)|s_(?:group|channel))$/

/** Of a block of zeros: the largest magnitude is 0, and nothing is lost. */
const magnitudes = /absmax$|^SCB$/

/** Factors that are trained, or take the sign of the value of the largest magnitude (MLX, affine). */
const signed = /^(?:MLX(?: \d|$)|AQLM|VPTQ)/

/**
 * Layouts of integers, which AutoRound writes too: where no group has a zero point, a scale of its takes the sign of the
 * value of the largest magnitude.
 */
const maybeSigned = /^(?:GPTQ|AWQ|compressed-tensors|Quark|INT)/

export const valuesQuantScales = rule({
  id: 'values/quant-scales',
  level: 'error',
  levelOf: (args: BadScales): FindingLevel =>
    (args.is === 'negative' && args.isSigned) || (args.is === 'zero' && args.zeros < args.elements)
      ? 'warning'
      : 'error',
  needs: 'values',
  claim: 'Quantisation scales are positive',
  why: 'A scale below zero turns the sign of every weight it stands for, and a scale of zero removes them.',
  case: 'Scales that were read as another type or byte order: values of both signs.',
  fix: 'quantise the model again',
  about: ['tensor'],
  message: (args: BadScales, { tensor }) => said(args, quoted(tensor)),
  measures: ['least', 'zeros'],

  *check({ checkpoint, readTensors }, tell) {
    const isAutoRound = isOfAutoRound(checkpoint)
    for (const read of readTensors) {
      const found = isScale(read) ? bad(read, isAutoRound) : null
      if (found !== null) yield tell(found, { tensor: read.tensor.name })
    }
  },
})

function isScale({ tensor, isChecked }: ReadTensor): boolean {
  return isChecked && tensor.quantised?.logicalElements === 0 && scales.test(leafName(tensor.name))
}

/** What is not finite is the matter of `values/finite`. */
function bad({ tensor, reading }: ReadTensor, isAutoRound: boolean): BadScales | null {
  const { min, max, zeros, elements } = reading.values
  const { scheme } = tensor.quantised as NonNullable<typeof tensor.quantised>
  if (min === null) return null
  // Exponents of powers of two, of which the highest code is NaN.
  if (reading.dtype === 'U8') return /MXFP/i.test(scheme) && max === 255 ? { is: 'no-power' } : null
  if (!dtypes[reading.dtype].requiresGrad) return null
  const isMaybeSigned = maybeSigned.test(scheme)
  if (Number(min) < 0 && !signed.test(scheme) && !(isMaybeSigned && isAutoRound))
    return { is: 'negative', least: Number(min), isSigned: isMaybeSigned }
  const isLost = zeros === elements || (zeros > 0 && !magnitudes.test(leafName(tensor.name)))
  return isLost ? { is: 'zero', zeros, elements } : null
}

function isOfAutoRound({ side }: Checkpoint): boolean {
  const own = side.config?.get('quantization_config')
  return [own, side.quantizeConfig].some(
    (settings) =>
      settings instanceof Map &&
      [...settings].some(
        ([key, value]) =>
          /auto.?round/i.test(key) || (typeof value === 'string' && /auto.?round/i.test(value)),
      ),
  )
}

function said(args: BadScales, tensor: string): string {
  switch (args.is) {
    case 'no-power':
      return `${tensor} holds quantisation scales, powers of two, and some are 255, which stands for NaN`
    case 'zero':
      return args.zeros === args.elements
        ? `all ${args.elements} quantisation scales of ${tensor} are zero`
        : `${args.zeros} of the ${args.elements} quantisation scales of ${tensor} are zero: their weights are all 0`
    default:
      return `${tensor} holds quantisation scales and goes down to ${args.least}${
        args.isSigned ? ': of those who write this layout, AutoRound alone does so' : ''
      }`
  }
}
