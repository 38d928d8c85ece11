import { sameShape } from '../../model/tensors/shape.ts'
import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Layout, Recognised } from './layout.ts'

/**
 * BatchNorm1d/2d/3d, SyncBatchNorm, InstanceNorm with statistics (torch/nn/modules/batchnorm.py): `weight`
 * and `bias` are parameters; `running_mean`, `running_var` and `num_batches_tracked` are buffers.
 *
 * Without the counter it is either a batch norm of torch < 0.4.1 or a frozen one (torchvision
 * FrozenBatchNorm2d, the DETR family in transformers, detectron2), whose four tensors are all buffers. Those are in the
 * backbone of a detector.
 */
export const batchNorm: Layout = {
  id: 'batch-norm',
  recognise(view, around) {
    const mean = view.shape('running_mean')
    const variance = view.shape('running_var')
    if (mean === undefined || variance === undefined || !sameShape(mean, variance)) return null
    for (const leaf of ['weight', 'bias']) {
      const shape = view.shape(leaf)
      if (shape !== undefined && !sameShape(shape, mean)) return null
    }
    const size = String(mean[0] ?? '')
    const counter = view.rank('num_batches_tracked')
    const statistics = { running_mean: 'buffer', running_var: 'buffer' } as const
    if (counter === 0 || (counter === 1 && view.shape('num_batches_tracked')?.[0] === 1)) {
      return {
        classes: named(view, around),
        detail: size,
        kinds: { weight: 'parameter', bias: 'parameter', ...statistics, num_batches_tracked: 'buffer' },
        reason:
          'running_mean, running_var and num_batches_tracked beside weight and bias of equal length: batch norm',
      }
    }
    if (counter >= 0) return null
    if (!view.has('weight', 'bias')) {
      return {
        classes: named(view, around),
        detail: size,
        kinds: { weight: 'parameter', bias: 'parameter', ...statistics },
        reason: 'running statistics of equal length: batch norm',
      }
    }
    return withoutCounter(view, around, size)
  },
}

function withoutCounter(view: ModuleView, around: Surroundings, size: string): Recognised {
  const statistics = { running_mean: 'buffer', running_var: 'buffer' } as const
  if (around.facts.isOldLayout === true && !around.hasBatchCounters) {
    return {
      classes: named(view, around),
      detail: size,
      kinds: { weight: 'parameter', bias: 'parameter', ...statistics },
      reason:
        'running statistics without num_batches_tracked in a file of the old layout: batch norm as torch < 0.4.1 saved it',
    }
  }
  if (around.hasBatchCounters) {
    return {
      classes: ['FrozenBatchNorm2d'],
      detail: size,
      kinds: { weight: 'buffer', bias: 'buffer', ...statistics },
      reason:
        'running statistics without num_batches_tracked, which other batch norms of this file have: frozen batch norm, four buffers',
    }
  }
  // Where no batch norm of the file has the counter, both look the same but for where they are.
  const old = named(view, around)
  if (isInBackbone(view)) {
    return {
      classes: ['FrozenBatchNorm2d', ...old],
      detail: size,
      kinds: { weight: 'buffer', bias: 'buffer', ...statistics },
      reason:
        'running statistics without num_batches_tracked in a backbone: frozen batch norm, four buffers, or one that torch < 0.4.1 saved',
      assumed: ['weight', 'bias'],
    }
  }
  return {
    classes: [...old, 'FrozenBatchNorm2d'],
    detail: size,
    kinds: { weight: 'parameter', bias: 'parameter', ...statistics },
    reason:
      'running statistics without num_batches_tracked: batch norm as torch < 0.4.1 saved it, or a frozen one, whose four tensors are buffers',
    assumed: ['weight', 'bias'],
  }
}

/** Names of the part of a detector that finds features, by the libraries that freeze its norms: torchvision, DETR, detectron2. */
const backbones = new Set(['backbone', 'conv_encoder', 'bottom_up', 'body'])

function isInBackbone(view: ModuleView): boolean {
  for (let outer = view.parent; outer !== undefined; outer = outer.parent)
    if (backbones.has(outer.name)) return true
  return false
}

/** Running statistics without weight and bias may be those of an InstanceNorm, whose default has none of all four. */
function named(view: ModuleView, around: Surroundings): readonly string[] {
  // Statistics of observations and norms of other kinds have these and more.
  if (!view.only('weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked')) return []
  const dimensions = dimensionsOf(view, around)
  const names = view.has('weight') ? ['BatchNorm'] : ['BatchNorm', 'InstanceNorm']
  return names.flatMap((name) => dimensions.map((each) => `${name}${each}d`))
}

/**
 * Dimensions of what a batch norm gets: 2 where the convolutions around it have two, 1 after a Linear; all it may be
 * where nothing tells.
 */
function dimensionsOf(view: ModuleView, around: Surroundings): readonly number[] {
  const { parent } = view
  if (parent === undefined) return [1, 2]
  const length = view.shape('running_mean')?.[0] ?? 0
  const outputs = around.outputsIn(parent)
  if (outputs.matrices.has(length) && !outputs.convolutions.has(length))
    return isInList(view) && outputs.convolutions.size === 0 ? [1] : ranked(view, around, [1])
  return ranked(view, around, [])
}

/** Whether it is one of a list of layers, where each gets what the one before gives. */
function isInList(view: ModuleView): boolean {
  return view.name === '0'
}

/** What the nearest convolutions tell, and besides it what `others` says. */
function ranked(view: ModuleView, around: Surroundings, others: readonly number[]): readonly number[] {
  const { parent } = view
  const outer = parent?.parent
  for (const rank of [
    parent === undefined ? 0 : around.convolutionRank(parent),
    parent === undefined ? 0 : around.innerConvolutionRank(parent),
    outer === undefined ? 0 : around.convolutionRank(outer),
    outer === undefined ? 0 : around.innerConvolutionRank(outer),
  ])
    if (rank >= 3) return [...new Set([...others, rank - 2])]
  return [1, 2]
}
