import { dtypes } from '../../model/tensors/dtype.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import type { CatalogueEntry } from './entry.ts'

// States of torchmetrics (torchmetrics/metric.py, `add_state`): attributes of the metric that state_dict() is made to
// write (`persistent(True)`), and neither parameters nor buffers of it. A metric has its states and nothing else.

const counts = ['tp', 'fp', 'tn', 'fn']

const isInteger: CatalogueEntry['fits'] = ({ tensor }) =>
  tensor.dtype !== null && !dtypes[tensor.dtype].requiresGrad

const state = (tensors: readonly string[], what: string, fits: CatalogueEntry['fits']): CatalogueEntry => ({
  tensors,
  kind: 'other',
  what: `${what} of torchmetrics: the state of a metric is neither parameter nor buffer`,
  fits: (own, view, around) =>
    view.isLeaf && view.only(...tensors) && view.has(...tensors) && fits(own, view, around),
})

const isNumber: CatalogueEntry['fits'] = ({ tensor }) => tensor.shape.length === 0

export const metrics: readonly CatalogueEntry[] = [
  state(counts, 'counts of a classification metric', (own, view, around) => {
    const shape = view.shape('tp') ?? []
    return isInteger(own, view, around) && sameShape(own.tensor.shape, shape) && shape.length <= 1
  }),
  state(['confmat'], 'the confusion matrix', (own, view, around) => {
    const [rows, columns] = own.tensor.shape.slice(-2)
    return isInteger(own, view, around) && rows !== undefined && rows === columns && rows > 1
  }),
  state(['mean_value', 'weight'], 'a running mean', isNumber),
  state(['sum_value'], 'a running sum', isNumber),
  state(['max_value'], 'a running maximum', isNumber),
  state(['min_value'], 'a running minimum', isNumber),
  state(
    ['correct', 'total'],
    'counts of a metric',
    (own, view, around) => isNumber(own, view, around) && isInteger(own, view, around),
  ),
  state(['sum_squared_error', 'total'], 'sums of a regression metric', (own) => own.tensor.shape.length <= 1),
  state(['sum_abs_error', 'total'], 'sums of a regression metric', (own) => own.tensor.shape.length <= 1),
]
