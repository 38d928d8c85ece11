import { quoted } from '../../../errors.ts'
import { leafName } from '../../../model/modules/tree.ts'
import { rule } from '../../rule.ts'
import { countsPlaces, type ReadTensor } from '../../structure/value-tensors.ts'

type Insane =
  | { readonly is: 'variance' | 'counter'; readonly least: number }
  | { readonly is: 'unset-variance'; readonly infinite: number }
  | { readonly is: 'places'; readonly at: number; readonly value: number; readonly expected: number }

const counters = /^(?:num_batches_tracked|num_updates|n_averaged|cluster_size)$/

export const valuesBuffersSane = rule({
  id: 'values/buffers-sane',
  level: 'error',
  needs: 'values',
  ofSamples: true,
  claim: 'Statistics, counters and position indices have values that they can have',
  why: 'A negative variance makes a batch norm NaN; positions that are rounded or shifted give every token the place of another.',
  case: 'CLIP position_ids turned into floats and broken by merges (AUTOMATIC1111/stable-diffusion-webui #6728, #7450).',
  fix: 'take the buffer from the model as its code makes it, and save again',
  about: ['tensor'],
  message: (args: Insane, { tensor }) => said(args, quoted(tensor)),
  measures: [],

  *check({ readTensors }, tell) {
    for (const read of readTensors) {
      const found = read.reading.part === undefined ? insane(read) : null
      if (found !== null) yield tell(found, { tensor: read.tensor.name })
    }
  },
})

function insane({ tensor, reading }: ReadTensor): Insane | null {
  const leaf = leafName(tensor.name)
  const { min, positiveInfinity, negativeInfinity } = reading.values
  const least = min === null ? null : Number(min)
  if (/^(?:running_var|moving_variance(?::\d+)?)$/.test(leaf)) {
    if (least !== null && least < 0) return { is: 'variance', least }
    const infinite = positiveInfinity + negativeInfinity
    return infinite > 0 ? { is: 'unset-variance', infinite } : null
  }
  if (counters.test(leaf) && tensor.kind !== 'parameter' && least !== null && least < 0)
    return { is: 'counter', least }
  return countsPlaces(tensor.name) && tensor.kind !== 'parameter' ? misplaced(reading) : null
}

/** Along the last dimension, from 0; fairseq begins at 2. */
function misplaced({ small, shape }: ReadTensor['reading']): Insane | null {
  if (small === undefined || small.length === 0) return null
  const length = shape.at(-1) ?? 1
  const first = small[0] as number
  const begin = first === 1 || first === 2 ? first : 0
  const at = small.findIndex((value, index) => value !== begin + (index % length))
  return at < 0 ? null : { is: 'places', at, value: small[at] as number, expected: begin + (at % length) }
}

function said(args: Insane, tensor: string): string {
  switch (args.is) {
    case 'variance':
      return `${tensor} is a variance and has values below zero, down to ${args.least}`
    case 'unset-variance':
      return `${args.infinite} values of the variance ${tensor} are infinite`
    case 'counter':
      return `${tensor} counts, and is ${args.least}`
    default:
      return `${tensor} counts places, and the value ${args.at} is ${args.value} where ${args.expected} should be`
  }
}
