import { quoted } from '../../../errors.ts'
import { rule } from '../../rule.ts'
import type { ReadTensor } from '../../structure/value-tensors.ts'

/** Fewer blocks say nothing of what is usual. Starting values, not measured truths. */
const leastBlocks = 6
/** Powers of two that a deviation may be away from the middle one, and how many times the usual distance. */
const leastDistance = 3
const timesUsual = 8

export const valuesOutlier = rule({
  id: 'values/outlier',
  level: 'off',
  needs: 'values',
  claim: 'Weights of equal blocks are of about one size',
  why: 'A block whose weights are many times those of the others was damaged, or merged with the wrong factor.',
  case: 'A layer doubled by a merge that was applied twice: the model answers, and answers badly.',
  fix: 'compare the block with the same block of the model it came from',
  about: ['tensor'],
  message: ({ std, usual, blocks }: { std: number; usual: number; blocks: number }, { tensor }) =>
    `the values of ${quoted(tensor)} deviate by ${std.toPrecision(3)}, and those of its ${blocks} like by ${usual.toPrecision(3)}`,
  measures: ['std', 'usual'],

  *check({ readTensors }, tell) {
    const groups = new Map<string, ReadTensor[]>()
    for (const read of readTensors) {
      const { tensor, reading, isChecked } = read
      if (!isChecked || tensor.kind !== 'parameter' || !(Number(reading.values.std ?? 0) > 0)) continue
      const key = `${tensor.name.replace(/\d+/g, '#')} ${tensor.shape.join('x')} ${tensor.dtype}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [read])
      else group.push(read)
    }
    for (const group of groups.values()) {
      if (group.length < leastBlocks) continue
      const sizes = group.map(({ reading }) => Math.log2(reading.values.std as number))
      const middle = median(sizes)
      const usual = median(sizes.map((size) => Math.abs(size - middle)))
      const most = Math.max(leastDistance, timesUsual * usual)
      for (const [i, { tensor, reading }] of group.entries())
        if (Math.abs((sizes[i] as number) - middle) > most)
          yield tell(
            { std: reading.values.std as number, usual: 2 ** middle, blocks: group.length },
            { tensor: tensor.name },
          )
    }
  },
})

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] as number
}
