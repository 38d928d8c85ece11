import { sameShape } from '../../model/tensors/shape.ts'
import { isLoss } from '../layouts/loss-name.ts'
import { isFloating, type ModuleView } from '../module-view.ts'
import { type CatalogueEntry, underModule } from './entry.ts'

/** Endings of statistics that come in pairs, and the endings of their partners. */
const partners: ReadonlyMap<string, readonly string[]> = new Map([
  ['mean', ['std', 'invstd']],
  ['std', ['mean']],
  ['invstd', ['mean']],
  ['min', ['max']],
  ['max', ['min']],
])

/** Whether the other half of a pair of statistics stands beside a tensor: `latents_std` beside `latents_mean`. */
function hasPartner(leaf: string, view: ModuleView): boolean {
  const underscore = leaf.lastIndexOf('_')
  if (underscore < 0) return false
  const endings = partners.get(leaf.slice(underscore + 1))
  const own = view.shape(leaf)
  if (endings === undefined || own === undefined) return false
  return endings.some((ending) => {
    const partner = view.shape(leaf.slice(0, underscore + 1) + ending)
    return partner !== undefined && sameShape(own, partner)
  })
}

/**
 * Statistics and constants under names of any prefix. These are about endings, so they are heard after the
 * entries that know whole names.
 */
export const statisticEndings: readonly {
  readonly kind: 'buffer'
  readonly level: 'recognised' | 'assumed'
  readonly what: string
  readonly fits: (leaf: string, view: ModuleView) => boolean
}[] = [
  {
    kind: 'buffer',
    level: 'recognised',
    what: 'statistic with its partner of one shape beside it',
    fits: hasPartner,
  },
  {
    kind: 'buffer',
    level: 'assumed',
    what: 'running statistic',
    fits: (leaf) => leaf.startsWith('running_'),
  },
  {
    kind: 'buffer',
    level: 'recognised',
    what: 'one of a pair of bounds of one shape, which a constraint keeps',
    fits: isBound,
  },
  {
    kind: 'buffer',
    level: 'recognised',
    what: 'a setting of the distribution that a module named as a prior stands for',
    fits: (leaf, view) => distributionSettings.has(leaf) && isPrior(view),
  },
  {
    kind: 'buffer',
    level: 'assumed',
    what: 'a mask by its name',
    fits: isMask,
  },
  {
    kind: 'buffer',
    level: 'assumed',
    what: 'a statistic or an observation by the beginning of its name',
    fits: (leaf) =>
      /^(moving|observed|_?buffered|_unbroadcasted|cached|precomputed)_|^obs_(mean|var|std|min|max|count|loc)/.test(
        leaf,
      ),
  },
  {
    kind: 'buffer',
    level: 'assumed',
    what: 'a window or a permutation by its name',
    fits: (leaf) => /(^|_)(windows?|perm|permutation|permute|inverse_perm|inv_perm)$/.test(leaf),
  },
  {
    kind: 'buffer',
    level: 'assumed',
    what: 'a random projection that is drawn once',
    fits: (leaf, view) =>
      /^(random_)?projection_matrix$|^rand[n]?_(weights?|matrix)$/.test(leaf) && view.isLeaf,
  },
]

/** Names that torch.distributions gives to the settings of a distribution. */
const distributionSettings = new Set([
  'loc',
  'scale',
  'concentration',
  'concentration0',
  'concentration1',
  'rate',
  'df',
  'low',
  'high',
  'a',
  'b',
  'sigma',
  'mean',
  'mu',
  'std',
  'var',
  'variance',
  'covariance_matrix',
  'precision_matrix',
  'scale_tril',
  'probs',
  'logits',
])

/** Whether the module, or the one above it, is named as a prior: `noise_prior`, `prior`, `lengthscale_prior.tails`. */
function isPrior(view: ModuleView): boolean {
  const named = (name: string): boolean => name === 'prior' || name.endsWith('_prior')
  return named(view.name) || named(view.parent?.name ?? '')
}

/** `lower_bound` beside `upper_bound`, of one shape. */
function isBound(leaf: string, view: ModuleView): boolean {
  const other = leaf.replace(/(^|_)(lower|upper|low|high)(_bounds?)$/, (_, before, side, after) => {
    const turned = { lower: 'upper', upper: 'lower', low: 'high', high: 'low' }[side as 'lower']
    return `${before}${turned}${after}`
  })
  const own = view.shape(leaf)
  const partner = other === leaf ? undefined : view.shape(other)
  return own !== undefined && partner !== undefined && sameShape(own, partner)
}

/** Words beside `mask` that make it something learnt: the embedding of what is masked. */
const learntBesideMask = /token|embed|emb$|query|feature|weight|scale|logit|param|alpha|vector/

function isMask(leaf: string): boolean {
  return leaf.length <= 200 && /(^|_)masks?\d*(_|$)/.test(leaf) && !learntBesideMask.test(leaf)
}

/** Fixed tensors of normalising flows: the parts of an LU decomposition, and whether a first batch was seen. */
const flowTensors: readonly CatalogueEntry[] = [
  {
    tensors: ['P', 'p', 'sign_S', 'sign_s', 's_sign'],
    kind: 'buffer',
    what: 'permutation or signs of an LU decomposition, which are drawn once',
    fits: (_own, view) => {
      const permutation = view.shape('P') ?? view.shape('p')
      const signs = view.shape('sign_S') ?? view.shape('sign_s') ?? view.shape('s_sign')
      return (
        permutation?.length === 2 &&
        permutation[0] === permutation[1] &&
        signs?.length === 1 &&
        signs[0] === permutation[0]
      )
    },
  },
  {
    tensors: ['data_dep_init_done', 'initialized', 'is_initialized', 'init_done', 'initialised'],
    kind: 'buffer',
    what: 'whether a first batch was seen',
    level: 'assumed',
    fits: (own) => own.tensor.elements === 1,
  },
]

/** Names of bayesian-torch, of linear layers (`weight`) and of convolutions (`kernel`). */
const bayesian = ['weight', 'kernel', 'bias'].flatMap((of) => [
  `eps_${of}`,
  `prior_${of}_mu`,
  `prior_${of}_sigma`,
])

/** Fixed tensors of losses and distributions, told by what stands beside them. */
export const fixedTensors: readonly CatalogueEntry[] = [
  ...flowTensors,
  {
    tensors: ['scale'],
    kind: 'buffer',
    what: 'scale of a quantised layer of torch.ao, beside its integral zero point (torch/ao/nn/quantized)',
    fits: (own, view) => {
      const zero = view.own.get('zero_point')?.tensor
      return own.tensor.elements === 1 && zero?.elements === 1 && !isFloating(zero)
    },
  },
  {
    tensors: ['input_scale', 'output_scale'],
    kind: 'buffer',
    what: 'scale of what goes into a quantised module and of what comes out (optimum.quanto, nn/qmodule.py)',
    fits: (own, view) =>
      own.tensor.elements === 1 &&
      view.own.get('input_scale')?.tensor.elements === 1 &&
      view.own.get('output_scale')?.tensor.elements === 1,
  },
  {
    tensors: ['pos_weight'],
    kind: 'buffer',
    what: 'class weights of BCEWithLogitsLoss',
    fits: (own) => own.tensor.shape.length <= 1,
  },
  {
    tensors: ['weight'],
    kind: 'buffer',
    what: 'class weights of BCEWithLogitsLoss, beside pos_weight',
    fits: (own, view) => own.tensor.shape.length <= 1 && view.has('pos_weight'),
  },
  {
    tensors: [
      'class_weight',
      'class_weights',
      'cls_weight',
      'cls_weights',
      'label_weights',
      'ce_weight',
      'ce_weights',
    ],
    kind: 'buffer',
    what: 'a weight for each class, for a loss',
    fits: (own) => own.tensor.shape.length === 1 && own.tensor.elements > 1,
  },
  {
    tensors: ['alpha', 'gamma', 'class_weights', 'weights'],
    kind: 'buffer',
    what: 'a weight for each class, of a loss',
    fits: (own, view) => own.tensor.shape.length <= 1 && view.isLeaf && isLoss(view),
  },
  {
    tensors: ['task_weights'],
    kind: 'buffer',
    what: 'a weight for each task, of a loss or a metric',
    level: 'assumed',
    fits: (own, view) =>
      own.tensor.shape.filter((length) => length !== 1).length <= 1 &&
      (isLoss(view) || underModule(view, 'metric')),
  },
  {
    tensors: ['tau', 'bounds'],
    kind: 'buffer',
    what: 'quantiles or bounds that a loss or a metric is asked for',
    level: 'assumed',
    fits: (_own, view) => view.isLeaf && (isLoss(view) || underModule(view, 'metric')),
  },
  {
    tensors: ['mean', 'scale', 'std'],
    kind: 'buffer',
    what: 'mean and spread that a transform of inputs or outputs scales by',
    level: 'assumed',
    fits: (own, view) =>
      view.isLeaf &&
      view.only('mean', 'scale', 'std') &&
      view.own.values().length === 2 &&
      view.own.values().every(({ tensor }) => sameShape(tensor.shape, own.tensor.shape)) &&
      underModule(view, 'transform', 'scaler', 'normaliz', 'standardiz'),
  },
  {
    tensors: ['T', 'S'].flatMap((of) => [`${of}_backcast`, `${of}_forecast`]),
    kind: 'buffer',
    what: 'trend or seasonality that a block of N-BEATS combines',
    fits: (own, view) => {
      const of = own.leaf[0] as string
      const rows = view.shape(`${of}_backcast`)?.[0]
      return own.tensor.shape.length === 2 && rows !== undefined && rows === view.shape(`${of}_forecast`)?.[0]
    },
  },
  {
    tensors: ['eps'],
    kind: 'buffer',
    what: 'epsilon, a parameter where the constructor is told to learn it',
    level: 'assumed',
    fits: (own) => own.tensor.elements === 1,
  },
  {
    tensors: ['loc', 'cov', 'mask', 'scale_tril'],
    kind: 'buffer',
    what: 'prior of a normalising flow',
    fits: (_own, view) => view.has('loc', 'cov') || view.has('loc', 'scale_tril'),
  },
  {
    tensors: ['loc', 'scale', 'lower', 'upper'],
    kind: 'buffer',
    what: 'setting of the base distribution of a flow (zuko)',
    level: 'assumed',
    fits: (_own, view) => view.name === 'base' && (view.has('loc', 'scale') || view.has('lower', 'upper')),
  },
  {
    tensors: ['threshold', 'graded_spikes_factor', 'reset_mechanism_val', 'beta', 'alpha', 'tau'],
    kind: 'buffer',
    what: 'setting of a spiking neuron (snntorch), a parameter where the constructor is told to learn it',
    level: 'assumed',
    fits: (_own, view) =>
      view.has('threshold') && (view.has('reset_mechanism_val') || view.has('graded_spikes_factor')),
  },
  {
    tensors: ['bounds'],
    kind: 'buffer',
    what: 'bounds of a domain, the lower row above the upper (botorch, test_functions/base.py)',
    level: 'assumed',
    fits: (own) => own.tensor.shape.length === 2 && own.tensor.shape[0] === 2,
  },
  {
    tensors: ['lb', 'ub'],
    kind: 'buffer',
    what: 'bounds of a domain, lower beside upper',
    level: 'assumed',
    fits: (_own, view) => sameShape(view.shape('lb') ?? [], view.shape('ub') ?? [-1]),
  },
  {
    tensors: bayesian,
    kind: 'buffer',
    what: 'prior or noise of a Bayesian layer, beside its mean and its rho (bayesian-torch)',
    fits: (own, view) => {
      const of = own.leaf.includes('bias') ? 'bias' : own.leaf.includes('kernel') ? 'kernel' : 'weight'
      const mean = view.shape(`mu_${of}`)
      return mean !== undefined && view.has(`rho_${of}`) && sameShape(mean, own.tensor.shape)
    },
  },
  {
    tensors: ['eye', 'identity'],
    kind: 'buffer',
    what: 'identity matrix',
    fits: (own) => own.tensor.shape.length === 2 && own.tensor.shape[0] === own.tensor.shape[1],
  },
  {
    tensors: ['hw_grid', 'grid', 'mesh_grid', 'coords', 'coord_grid'],
    kind: 'buffer',
    what: 'grid of coordinates',
    level: 'assumed',
    fits: (own) => own.tensor.shape.length >= 2 && own.tensor.shape.includes(2),
  },
]
