import type { Difference, OptimizerLoad } from '../compare/difference.ts'
import { adapterVerdict } from './adapter-sections.ts'
import { loadSummary, loadsNothing } from './load-lines.ts'
import { plural } from './text.ts'

export interface LoadVerdict {
  /** May quote the file. */
  readonly text: string
  readonly outcome: 'good' | 'warning' | 'error'
}

/** Whether `a` loads, in one line that stands before all that explains it. */
export function loadVerdict(difference: Difference): LoadVerdict {
  const { load, loadRenamed, loadOwn, optimizers } = difference
  if (difference.adapter !== undefined) return adapterVerdict(difference.adapter)
  const [only] = optimizers
  if (only !== undefined && isAlone(difference)) return optimizerVerdict(only)
  if (loadOwn !== null) {
    const own = loadOwn.strict === 'loads' ? 'loads' : loadSummary(loadOwn, true)
    return {
      text: `a is a module and no state dict: load_state_dict(a) raises ${load.fatalType}; a.state_dict() ${own}`,
      outcome: 'error',
    }
  }
  if (load.strict === 'loads') {
    const isPart = load.otherParts.length + load.unknownParts.length > 0
    return {
      text: isPart
        ? 'a loads into the model of b, and may be the part of another process'
        : 'a loads into the model of b',
      outcome: isPart ? 'warning' : 'good',
    }
  }
  if (load.strict === 'unknown')
    return { text: 'whether a loads into the model of b is not known', outcome: 'warning' }
  const renamed =
    loadRenamed === null
      ? ''
      : loadRenamed.strict === 'loads'
        ? `; with the renames below it does${undone(difference)}`
        : '; with the renames below neither'
  const nothing = loadsNothing(load) ? ', and strict=False loads nothing' : ''
  return { text: `a does not load into the model of b${nothing}${renamed}`, outcome: 'error' }
}

/** What a converter did that renaming does not undo. */
function undone({ reordered, converted }: Difference): string {
  const steps = [
    ...(reordered === undefined ? [] : ['the rows of q and k are permuted']),
    ...(converted === undefined ? [] : ['what the converter did to values is undone']),
  ]
  return steps.length === 0 ? '' : `, and computes wrong until ${steps.join(' and ')}`
}

/** Whether two optimizers were compared, and no models. */
export function isAlone({ optimizers, a, b }: Difference): boolean {
  const [only] = optimizers
  return only !== undefined && only.a === a.stateDict && only.b === b.stateDict
}

/** What becomes of one optimizer. */
export function optimizerVerdict({ error, isKnown, misfits }: OptimizerLoad): LoadVerdict {
  if (!isKnown)
    return { text: 'whether it loads is not known: the groups are not recorded', outcome: 'warning' }
  if (error !== null) return { text: `raises ${error.type}: ${error.message}`, outcome: 'error' }
  if (misfits.length > 0)
    return {
      text: `loads, and the next step fails: ${plural(misfits.length, 'state tensor')} of another shape than the parameters have`,
      outcome: 'error',
    }
  return { text: 'loads', outcome: 'good' }
}

/** `2 groups of 3 and 1 parameters`. */
export function groupsText(groups: OptimizerLoad['groupsA']): string {
  if (groups === null) return 'groups not recorded'
  const sizes = groups.length > 8 ? `${groups.slice(0, 8).join(', ')}, …` : groups.join(', ')
  return groups.length === 1
    ? `1 group of ${plural(groups[0] ?? 0, 'parameter')}`
    : `${groups.length} groups of ${sizes} parameters`
}
