import { quoted } from '../../../errors.ts'
import type { FindingLevel } from '../../../model/finding.ts'
import { leafName } from '../../../model/modules/tree.ts'
import { rule } from '../../rule.ts'
import type { ReadTensor } from '../../structure/value-tensors.ts'

type Degenerate =
  | { readonly is: 'constant'; readonly value: number; readonly elements: number }
  | { readonly is: 'zero-tail'; readonly tail: number; readonly elements: number }
  | { readonly is: 'zero-rows'; readonly zeroRows: number; readonly rows: number }

/** A weight of fewer elements may be all one value by chance, or by design. */
const leastElements = 64
/** A write that was cut off leaves whole blocks of a disk. */
const leastTailBytes = 512
/** Rows of zeros that are said: so many, and so large a part. */
const leastRows = 8
const leastPart = 0.1

export const valuesNotDegenerate = rule({
  id: 'values/not-degenerate',
  level: 'warning',
  levelOf: ({ is }: Degenerate): FindingLevel => (is === 'zero-tail' ? 'error' : 'warning'),
  needs: 'values',
  claim: 'No weight is all one value, ends in zeros, or has many rows of zeros',
  why: 'A weight of zeros was never written, never trained, or lost in a write that was cut off.',
  case: 'All-zero MLP weights in every served artifact (microsoft/BitNet #608).',
  fix: 'save the model again and compare it with the one in memory',
  about: ['tensor'],
  message: (args: Degenerate, { tensor }) => said(args, quoted(tensor)),
  measures: [],

  *check({ readTensors }, tell) {
    for (const read of readTensors) {
      const found = isWeight(read) ? degenerate(read) : null
      if (found !== null) yield tell(found, { tensor: read.tensor.name })
    }
  },
})

/** Norms start as ones and biases as zeros, and both may stay so: only matrices and larger are looked at. */
function isWeight({ tensor, reading, isChecked }: ReadTensor): boolean {
  return (
    isChecked &&
    tensor.kind === 'parameter' &&
    tensor.shape.length >= 2 &&
    tensor.elements >= leastElements &&
    reading.part === undefined &&
    tensor.quantised === undefined &&
    !/bias|alpha|gamma|scale/i.test(leafName(tensor.name)) &&
    // An update of low rank starts as zeros: `lora/untrained` speaks of it.
    !/\.lora_|\.hada_|\.lokr_|\.oft_/.test(tensor.name)
  )
}

function degenerate({ tensor, reading }: ReadTensor): Degenerate | null {
  const { constant, min, elements } = reading.values
  if (constant && min !== null) return { is: 'constant', value: Number(min), elements }
  const { zeros } = reading
  if (zeros === undefined) return null
  const { tail, rowElements, rows, zeroRows } = zeros
  const tailBytes = (tail * reading.bytes) / Math.max(1, elements)
  // Rows of padding are whole, and a matrix that was filled half way ends anywhere.
  if (tailBytes >= leastTailBytes && rowElements > 0 && tail % rowElements !== 0)
    return { is: 'zero-tail', tail, elements }
  const padding = rowElements === 0 ? 0 : Math.floor(tail / rowElements)
  const dead = zeroRows - padding
  if (dead < leastRows || dead < leastPart * rows || /emb|wte|wpe|token|lookup/i.test(tensor.name))
    return null
  return { is: 'zero-rows', zeroRows: dead, rows }
}

function said(args: Degenerate, tensor: string): string {
  if (args.is === 'constant') return `each of the ${args.elements} values of ${tensor} is ${args.value}`
  if (args.is === 'zero-tail')
    return `the last ${args.tail} of the ${args.elements} values of ${tensor} are zeros, from the middle of a row on`
  return `${args.zeroRows} of the ${args.rows} rows of ${tensor} are all zeros`
}
