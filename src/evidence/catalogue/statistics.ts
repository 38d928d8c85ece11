import { sameShape } from '../../model/shape.ts'
import type { ModuleView } from '../module-view.ts'
import type { CatalogueEntry } from './entry.ts'

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
    level: 'assumed',
    what: 'a name with a leading underscore: modules register buffers so, parameters hardly ever',
    fits: (leaf) => leaf.startsWith('_') && !leaf.startsWith('_orig'),
  },
]

/** Fixed tensors of losses, distributions and graph networks, told by what stands beside them. */
export const fixedTensors: readonly CatalogueEntry[] = [
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
    tensors: ['eye', 'identity'],
    kind: 'buffer',
    what: 'identity matrix',
    fits: (own) => own.tensor.shape.length === 2 && own.tensor.shape[0] === own.tensor.shape[1],
  },
  {
    tensors: ['weight'],
    kind: 'buffer',
    what: 'scale of ViSNet VecLayerNorm, a buffer unless trainable',
    level: 'assumed',
    fits: (own, view) => own.tensor.shape.length === 1 && /^vec_.*norm$/.test(view.node.name),
  },
  {
    tensors: ['hw_grid', 'grid', 'mesh_grid', 'coords', 'coord_grid'],
    kind: 'buffer',
    what: 'grid of coordinates',
    level: 'assumed',
    fits: (own) => own.tensor.shape.length >= 2 && own.tensor.shape.includes(2),
  },
]
