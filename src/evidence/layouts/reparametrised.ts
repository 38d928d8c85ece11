import type { Kind } from '../../model/verdict.ts'
import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'
import { isKernel, layerOfKernel } from './convolution.ts'
import type { Layout, Recognised } from './layout.ts'
import { layerOfMatrix } from './linear.ts'

function withEnding(view: ModuleView, ending: string): string[] {
  const stems: string[] = []
  for (const leaf of view.own.keys())
    if (leaf.endsWith(ending) && leaf.length > ending.length) stems.push(leaf.slice(0, -ending.length))
  return stems
}

/**
 * A module whose tensor was replaced by a reparametrisation (torch/nn/utils): old spectral_norm `x_orig`
 * with buffers `x_u`, `x_v`; prune `x_orig` with buffer `x_mask`; old weight_norm `x_g`, `x_v`, parameters
 * both. The rest of the module, its bias, is a parameter.
 */
export const reparametrised: Layout = {
  id: 'reparametrised',
  recognise(view, around) {
    if (!view.own.values().some(({ leaf }) => leaf.endsWith('_orig') || leaf.endsWith('_g'))) return null
    const kinds: Record<string, Kind> = {}
    const devices = new Set<string>()
    for (const stem of withEnding(view, '_orig')) {
      const spectral = view.rank(`${stem}_u`) === 1
      const pruned = view.has(`${stem}_mask`)
      if (!spectral && !pruned) continue
      kinds[`${stem}_orig`] = 'parameter'
      if (pruned) {
        kinds[`${stem}_mask`] = 'buffer'
        devices.add('pruned')
      }
      if (spectral) {
        kinds[`${stem}_u`] = 'buffer'
        kinds[`${stem}_v`] = 'buffer'
        devices.add('spectral norm')
      }
    }
    for (const stem of withEnding(view, '_g')) {
      const magnitude = view.shape(`${stem}_g`)
      const direction = view.shape(`${stem}_v`)
      if (
        magnitude === undefined ||
        direction === undefined ||
        magnitude.length !== direction.length ||
        view.has(`${stem}_u`)
      )
        continue
      if (!magnitude.every((length, i) => length === 1 || length === direction[i])) continue
      kinds[`${stem}_g`] = 'parameter'
      kinds[`${stem}_v`] = 'parameter'
      devices.add('weight norm')
    }
    if (devices.size === 0) return null
    if (view.rank('bias') === 1) kinds.bias ??= 'parameter'
    const names = [...devices].join(', ')
    const weight = kinds.weight_orig === undefined ? 'weight_v' : 'weight_orig'
    return {
      ...layerOf(view, around, kinds[weight] === undefined ? undefined : view.shape(weight), names),
      kinds,
      reason: `tensors of a reparametrised module: ${names}`,
    }
  },
}

/** The layer whose weight it is that was replaced, `how`; no class where its shape is none of a Linear or a convolution. */
function layerOf(
  view: ModuleView,
  around: Surroundings,
  weight: readonly number[] | undefined,
  how: string,
): Pick<Recognised, 'classes' | 'detail'> {
  const layer =
    weight?.length === 2
      ? layerOfMatrix(view, around, weight, view.shape('bias'))
      : weight !== undefined && isKernel(weight)
        ? layerOfKernel(view, around, weight, view.shape('bias'))
        : null
  return layer === null || layer.classes.length === 0
    ? { classes: [], detail: how }
    : { classes: layer.classes, detail: `${layer.detail}, ${how}` }
}

/**
 * torch.nn.utils.parametrize: `parametrizations.<tensor>.original` (several: `original0` …) is what was
 * registered, a parameter unless the tensor it replaces was a buffer; the transforms' own `_u`, `_v`
 * (spectral_norm) and `base` (orthogonal) are buffers.
 */
export const parametrization: Layout = {
  id: 'parametrization',
  recognise(view, around) {
    const { parent } = view
    if (parent?.name === 'parametrizations') {
      const kinds: Record<string, Kind> = {}
      for (const leaf of view.own.keys()) if (/^original\d*$/.test(leaf)) kinds[leaf] = 'parameter'
      if (Object.keys(kinds).length === 0) return null
      return {
        classes: ['ParametrizationList'],
        detail: '',
        kinds,
        reason: 'the original of a parametrised tensor',
        // That of a buffer is one. Layers of torch have none that is parametrised.
        ...(/weight|bias/.test(view.name) ? {} : { assumed: Object.keys(kinds) }),
      }
    }
    if (parent?.parent?.name === 'parametrizations') {
      if (view.rank('_u') === 1 && view.rank('_v') === 1) {
        return {
          classes: ['_SpectralNorm'],
          detail: '',
          kinds: { _u: 'buffer', _v: 'buffer' },
          reason: 'power-iteration vectors of spectral_norm: buffers',
        }
      }
      if (view.has('base') && view.only('base')) {
        return {
          classes: ['_Orthogonal'],
          detail: '',
          kinds: { base: 'buffer' },
          reason: 'base of an orthogonal parametrisation: a buffer',
        }
      }
    }
    const parametrised = view.child('parametrizations')
    const weight = parametrised?.child('weight')
    if (weight !== undefined && view.only('bias') && [-1, 1].includes(view.rank('bias'))) {
      // weight_norm keeps the lengths as original0 and the directions as original1.
      const shape = weight.shape('original') ?? weight.shape('original1')
      return {
        ...layerOf(view, around, shape, 'parametrised'),
        kinds: { bias: 'parameter' },
        reason: 'bias of a module whose weight is parametrised',
      }
    }
    return null
  },
}
