import type { ModuleView } from '../module-view.ts'

/** Words of a module's name that make it a loss. */
const lossWords = new Set([
  'criterion',
  'criterions',
  'criteria',
  'crit',
  'loss',
  'losses',
  'lossfn',
  'objective',
  'ce',
  'bce',
  'nll',
  'nllloss',
  'xent',
  'crossentropy',
  'focal',
  'dice',
])

/** Whether the module, or one it stands in, is named as a loss: `loss_fct`, `seg_criterion`, `ce`, `crit_list.0`. */
export function isLoss(view: ModuleView): boolean {
  let up = 0
  for (let node: ModuleView | undefined = view; node !== undefined && up < 32; node = node.parent, up++)
    if (isLossName(node.name)) return true
  return false
}

function isLossName(name: string): boolean {
  if (name.length > 100) return false
  // Words in snake case and in camel case: `cls_loss`, `clsLoss`, `CELoss`.
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
  if (words.some((word) => lossWords.has(word) || word.endsWith('loss'))) return true
  return words.join('_').includes('cross_entropy')
}
