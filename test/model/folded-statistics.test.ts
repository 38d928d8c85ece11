import { expect, test } from 'vitest'
import { foldedStatistics } from '../../src/model/values/folded-statistics.ts'
import type { TensorStatistics } from '../../src/model/values/statistics.ts'
import { portableKernel } from '../../src/values/statistics/portable-kernels.ts'
import { summaryOf } from '../../src/values/statistics/summary.ts'
import { emptyState } from '../../src/values/statistics/value-state.ts'

function tensor(name: string, numbers: readonly number[]): TensorStatistics {
  const kernel = portableKernel('F32', numbers.length)
  kernel?.add(new Uint8Array(Float32Array.from(numbers).buffer))
  const values = summaryOf(kernel?.finish() ?? emptyState, 'F32')
  return { name, dtype: 'F32', shape: [numbers.length], bytes: 4 * numbers.length, tiedTo: null, values }
}

test('tensors of alike blocks are one line, and the block that falls out of line is named', () => {
  const tensors = [
    tensor('embed', [1, 2, 3, 9]),
    ...Array.from({ length: 6 }, (_, i) => tensor(`layers.${i}.w`, i === 4 ? [90, -90, 5] : [1, -1, i / 10])),
    tensor('layers.6.w', [Number.NaN, 1, -1]),
    tensor('layers.7.w', [1, 2]),
  ]
  const folds = foldedStatistics(tensors)
  expect(folds.map(({ label, members }) => [label, members.length])).toEqual([
    ['embed', 1],
    ['layers.{0..6}.w', 7],
    ['layers.7.w', 1],
  ])
  expect(folds.map(({ odd }) => odd.map(({ name }) => name))).toEqual([[], ['layers.4.w', 'layers.6.w'], []])
})
