import { sameShape } from '../model/tensors/shape.ts'
import type { Answer, Kind } from '../model/verdict.ts'
import type { EvidenceSource, Subject } from './source.ts'

/** What optimizers call what they keep of each parameter, and scripts the gradients. No module is called so. */
const keptNames = ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq', 'momentum_buffer', 'grad', 'grads', 'gradients']

/** The same below an optimizer: weights in full precision (megatron/core/optimizer/distrib_optimizer.py). */
const ownNames: ReadonlySet<string> = new Set([...keptNames, 'fp32_param', 'master_param', 'param'])

const optimizerName = /^(?:chained_\d+|optim|optimizers?|optimizer_states?)$/

const state: Answer<Kind> = {
  answer: 'other',
  level: 'recognised',
  reason:
    'what a training keeps of each parameter, under the name of the parameter: neither parameter nor buffer',
  source: 'mirrored-state',
}

/** Of what is below a module of such a name, as a share. */
const leastMirrored = 0.8

/**
 * What is kept of each parameter under its name, in a file that has flattened it into the model's: `exp_avg.layers.0.weight`,
 * `optimizer.state.exp_avg.layers.0.weight` (Megatron). Of the first, most must have the parameter they are of.
 */
export const mirroredState: EvidenceSource = {
  id: 'mirrored-state',
  title: 'What a training keeps of each parameter',
  collect(subject, claims) {
    const { table, tree } = subject
    if (!tree.segments.texts.some((text) => ownNames.has(text))) return
    // Parents are numbered before their children: what is in another is looked at with it, once.
    const isSeen = new Uint8Array(tree.size)
    for (let module = 1; module < tree.size; module++) {
      const name = tree.nameOf(module)
      if (isSeen[module] === 1 || !ownNames.has(name)) continue
      const isOwn = isBelowOptimizer(subject, module)
      if (!isOwn && !keptNames.includes(name)) continue
      const kept: number[] = []
      for (const at of tree.below(module)) {
        isSeen[at] = 1
        for (const index of tree.ownOf(at)) kept.push(index)
      }
      if (!isOwn) {
        const begin = tree.path(module).length + 1
        const mirrored = kept.filter((index) => hasOriginal(subject, table.name(index).slice(begin), index))
        if (mirrored.length < 2 || mirrored.length < leastMirrored * kept.length) continue
      }
      for (const index of kept) claims.kind(index, state)
    }
  },
}

function isBelowOptimizer({ tree }: Subject, module: number): boolean {
  for (let at = tree.parents[module] as number; at !== 0; at = tree.parents[at] as number)
    if (optimizerName.test(tree.nameOf(at))) return true
  return false
}

/** Whether the file has a parameter of this name and of the shape of what is kept. */
function hasOriginal({ table, tree }: Subject, name: string, kept: number): boolean {
  const dot = name.lastIndexOf('.')
  const leaf = name.slice(dot + 1)
  for (const index of tree.at(name.slice(0, Math.max(0, dot)))?.tensors ?? [])
    if (tree.leafOf(index) === leaf) return sameShape(table.shape(index), table.shape(kept))
  return false
}
