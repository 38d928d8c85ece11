import { sameShape } from './tensors/shape.ts'

/** State of a parameter's own shape: torch/optim/*.py, and `state1` of bitsandbytes. */
const shaped = [
  'exp_avg',
  'exp_avg_sq',
  'max_exp_avg_sq',
  'momentum_buffer',
  'square_avg',
  'sum',
  'ax',
  'prev',
  'exp_inf',
  'acc_delta',
  'grad_avg',
  'state1',
  'variance',
]

/**
 * Factored states [.., n] and [.., m] of a parameter [.., n, m]. Those of torch/optim/_adafactor.py keep the other
 * dimension, of 1; those of fairseq's Adafactor, which transformers took over, leave it out.
 */
const factored = [
  { rows: 'row_var', columns: 'col_var', keepsOne: true },
  { rows: 'exp_avg_sq_row', columns: 'exp_avg_sq_col', keepsOne: false },
]

/** State that has the same shape whatever the parameter. */
const counters: ReadonlySet<string> = new Set(['step', 'eta', 'mu', 'mu_product', 'lr'])

/** All that optimizers keep of a parameter, by name. Some of the names are common words. */
export const stateNames: ReadonlySet<string> = new Set([
  ...shaped,
  // Of Rprop, beside `prev`.
  'step_size',
  ...factored.flatMap(({ rows, columns }) => [rows, columns]),
  ...counters,
])

/**
 * The shape of a parameter, by what an optimizer keeps of it. Of an optimizer that is not known: the shape that all its state
 * has.
 *
 * @param states shapes by the names of the tensors that are kept of one parameter
 * @returns null where they do not tell
 */
export function parameterShape(states: ReadonlyMap<string, readonly number[]>): readonly number[] | null {
  for (const name of shaped) {
    const shape = states.get(name)
    if (shape !== undefined) return shape
  }
  for (const { rows, columns, keepsOne } of factored) {
    const [row, column] = [states.get(rows), states.get(columns)]
    if (row === undefined && column === undefined) continue
    if (row?.length !== column?.length) return null
    const [n, m] = [row?.at(keepsOne ? -2 : -1), column?.at(-1)]
    return n === undefined || m === undefined ? null : [...(row?.slice(0, keepsOne ? -2 : -1) ?? []), n, m]
  }
  const others = [...states].filter(([name]) => !counters.has(name)).map(([, shape]) => shape)
  const [first] = others
  return first !== undefined && others.every((shape) => sameShape(shape, first)) ? first : null
}
