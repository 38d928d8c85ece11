import { describe, expect, it } from 'vitest'
import { parameterShape } from '../../src/model/optimizer-states.ts'

type States = Readonly<Record<string, readonly number[]>>
const shapeBy = (states: States) => parameterShape(new Map(Object.entries(states)))

describe('the shape of a parameter, by what an optimizer keeps of it', () => {
  // What each of torch 2.15 keeps after a step of a parameter [2, 3, 4] and of one [5].
  const torch: Record<string, [States, States]> = {
    Adafactor: [
      { step: [], row_var: [2, 3, 1], col_var: [2, 1, 4] },
      { step: [], variance: [5] },
    ],
    ASGD: [
      { step: [], eta: [], mu: [], ax: [2, 3, 4] },
      { step: [], eta: [], mu: [], ax: [5] },
    ],
    NAdam: [
      { step: [], mu_product: [], exp_avg: [2, 3, 4], exp_avg_sq: [2, 3, 4] },
      { step: [], mu_product: [], exp_avg: [5], exp_avg_sq: [5] },
    ],
    Rprop: [
      { step: [], prev: [2, 3, 4], step_size: [2, 3, 4] },
      { step: [], prev: [5], step_size: [5] },
    ],
    Adagrad: [
      { step: [], sum: [2, 3, 4] },
      { step: [], sum: [5] },
    ],
    // transformers/optimization.py, Adafactor: exp_avg only where beta1 is given.
    "transformers' Adafactor": [{ exp_avg_sq_row: [2, 3], exp_avg_sq_col: [2, 4] }, { exp_avg_sq: [5] }],
    'one that nobody knows': [
      { step: [], grad_sum_sq: [2, 3, 4], s: [2, 3, 4] },
      { step: [], grad_sum_sq: [5], s: [5] },
    ],
  }
  it.each(Object.entries(torch))('is told by %s', (_, [first, second]) => {
    expect(shapeBy(first)).toEqual([2, 3, 4])
    expect(shapeBy(second)).toEqual([5])
  })

  it('is not told by counters, or by states that differ', () => {
    expect(shapeBy({ step: [] })).toBeNull()
    expect(shapeBy({ step: [], d: [29], H_diag: [], prev_flat_grad: [29] })).toBeNull()
    expect(shapeBy({ row_var: [2, 1] })).toBeNull()
    expect(shapeBy({ row_var: [], col_var: [] })).toBeNull()
  })
})
