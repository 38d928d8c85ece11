import { sameShape } from '../../model/tensors/shape.ts'
import type { CatalogueEntry } from './entry.ts'

/** Fixed tensors of graph networks, of molecules and of atoms. Many are learnt where the constructor is told to. */
export const graphs: readonly CatalogueEntry[] = [
  {
    tensors: ['offset'],
    kind: 'buffer',
    what: 'centres of a radial basis',
    level: 'assumed',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      view.only('offset', 'widths', 'width', 'coeff') &&
      /expan|smear|rbf|radial|basis|gauss|filter|edge_emb/i.test(view.name),
  },
  {
    tensors: ['means', 'betas'],
    kind: 'buffer',
    what: 'radial basis of a graph network, learnt where the constructor is told to',
    level: 'assumed',
    fits: (_own, view) => view.has('means', 'betas') && view.isLeaf,
  },
  {
    tensors: ['initial_atomref', 'atomic_mass', 'atomref_mean'],
    kind: 'buffer',
    what: 'atomic table of a graph network',
    fits: (own) => own.tensor.elements > 1,
  },
  {
    tensors: ['weight'],
    kind: 'buffer',
    what: 'scale of ViSNet VecLayerNorm, a buffer unless trainable',
    level: 'assumed',
    fits: (own, view) => own.tensor.shape.length === 1 && /^vec_.*norm$/.test(view.name),
  },
  {
    tensors: [1, 2, 3, 4, 5, 6].map((order) => `U_matrix_${order}`),
    kind: 'buffer',
    what: 'Clebsch-Gordan coefficients of a symmetric contraction (MACE, modules/symmetric_contraction.py)',
    fits: (own, view) =>
      own.tensor.shape.length >= 2 && (view.has('weights_max') || view.child('weights') !== undefined),
  },
  {
    tensors: ['bessel_weights', 'gaussian_weights'],
    kind: 'buffer',
    what: 'radial basis of MACE, learnt where the constructor is told to',
    level: 'assumed',
    // NequIP's, which are learnt, have no constants beside them.
    fits: (own, view) => own.tensor.shape.length === 1 && view.has('r_max'),
  },
  {
    tensors: ['scale', 'shift'],
    kind: 'buffer',
    what: 'scale and shift of an energy, one or one for each head',
    level: 'assumed',
    fits: (own, view) =>
      view.name === 'scale_shift' &&
      view.isLeaf &&
      view.has('scale', 'shift') &&
      view.only('scale', 'shift') &&
      own.tensor.shape.length <= 1 &&
      sameShape(view.shape('scale') ?? [], view.shape('shift') ?? [-1]) &&
      (own.tensor.shape.length === 0 || view.parent?.child('atomic_energies_fn') !== undefined),
  },
  {
    tensors: ['avg_deg_lin', 'avg_deg_log'],
    kind: 'buffer',
    what: 'average degree that an aggregation scales by, learnt where the constructor is told to',
    level: 'assumed',
    fits: (own, view) => own.tensor.elements === 1 && view.has('avg_deg_lin', 'avg_deg_log'),
  },
  {
    tensors: ['alpha'],
    kind: 'buffer',
    what: 'weight of each layer of a LightGCN',
    level: 'assumed',
    fits: (own, view) =>
      own.tensor.shape.length === 1 &&
      view.only('alpha') &&
      view.hasOneChild &&
      view.child('embedding')?.rank('weight') === 2,
  },
  {
    tensors: ['q'],
    kind: 'buffer',
    what: 'quantiles that an aggregation is asked for',
    level: 'assumed',
    fits: (own, view) =>
      view.isLeaf && view.only('q') && own.tensor.shape.length === 2 && own.tensor.shape[1] === 1,
  },
]
