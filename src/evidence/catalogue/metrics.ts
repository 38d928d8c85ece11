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

/** One number, or one for each output. */
const isOfOutputs: CatalogueEntry['fits'] = ({ tensor }) => tensor.shape.length <= 1

/** What is summed, of metrics that count in `total` how often. */
const summed = [
  'sum_squared_error',
  'sum_abs_error',
  'sum_squared_log_error',
  'sum_log_cosh_error',
  'sum_abs_per_error',
  'sum_pesq',
  'sum_stoi',
  'sum_nisqa',
  'sum_sdr',
  'sum_snr',
  'sum_si_sdr',
  'sum_si_snr',
  'similarity',
  'scc_score',
  'score',
  'disparity',
  'errors',
  'measure',
  'measures',
]

/** The states of one metric each. */
const sums: readonly (readonly string[])[] = [
  ...summed.map((name) => [name, 'total']),
  ['sum_squared_error', 'sum_error', 'residual', 'total'],
  ['num_obs', 'sum_error', 'sum_squared_error', 'sum_target', 'sum_squared_target'],
  ['mean_x', 'mean_y', 'max_abs_dev_x', 'max_abs_dev_y', 'var_x', 'var_y', 'corr_xy', 'n_total'],
  ['sum_squared_error', 'total', 'min_val', 'max_val', 'mean_val', 'var_val', 'target_squared'],
  ['sum_deviance_score', 'num_observations'],
  ['sum_abs_error', 'sum_scale'],
  ['sum_sam', 'numel'],
  ['sum_uqi', 'numel'],
  ['ci_snr_sum', 'num'],
  ['msum', 'mnum'],
  ['minkowski_dist_sum'],
  ['rmse_val_sum', 'total_images'],
  ['score', 'num_batches'],
  ['score', 'samples'],
  ['score', 'num_elements'],
  ['edit_scores', 'num_elements'],
  ['total_log_probs', 'count'],
  ['numerator', 'denominator', 'preds_len', 'target_len'],
  ['errors', 'target_total', 'preds_total'],
  ['exact_match', 'f1_score', 'total'],
  ['total_num_edits', 'total_tgt_len'],
]

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
  ...sums.map((names) => state(names, 'sums of a metric', isOfOutputs)),
]
