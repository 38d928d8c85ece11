import { SdinspectError } from '../errors.ts'
import { nearest } from './edit-distance.ts'
import type { Matcher } from './pattern.ts'
import type { Report, StateDictReport, TensorReport } from './report.ts'
import { totalsOf } from './totals.ts'

/**
 * The state dict a command is about: the one at path `at`; when that is null the model, or else the first
 * one; null when the checkpoint has none.
 *
 * @throws SdinspectError `usage/state-dict` when there is none at `at`
 */
export function chosenStateDict<T extends Pick<StateDictReport, 'path' | 'role'>>(
  stateDicts: readonly T[],
  at: string | null,
): T | null {
  if (at === null) return stateDicts.find(({ role }) => role === 'model') ?? stateDicts[0] ?? null
  const found = stateDicts.find((stateDict) => stateDict.path === at)
  if (found !== undefined) return found
  const paths = stateDicts.map((stateDict) => stateDict.path).filter((path) => path !== '')
  const near = nearest(at, paths)
  const shown = paths.slice(0, 20).join(', ') + (paths.length > 20 ? ', …' : '')
  throw new SdinspectError('usage/state-dict', `there is no state dict at ${JSON.stringify(at)}`, {
    hint:
      near !== undefined
        ? `did you mean ${near}?`
        : paths.length > 0
          ? `the checkpoint has ${shown}`
          : 'the whole file is one state dict, so leave --at out',
  })
}

/** The report with no state dict but `chosen`, and in it no tensor but those `wanted`, counted anew. */
export function narrowed(report: Report, chosen: StateDictReport | null, wanted: Matcher | null): Report {
  const stateDicts = chosen === null ? report.stateDicts : [chosen]
  if (wanted === null) return chosen === null ? report : { ...report, stateDicts }
  return { ...report, stateDicts: stateDicts.map((stateDict) => selected(stateDict, wanted)) }
}

/** The state dict as if it held only the tensors whose name is `wanted`. */
export function selected(stateDict: StateDictReport, wanted: Matcher): StateDictReport {
  const tensors = stateDict.tensors.filter((tensor) => wanted(tensor.name))
  const paths = modulePaths(tensors)
  const modules = stateDict.modules.filter((module) => paths.has(module.path))
  return { ...stateDict, totals: totalsOf(countedOnce(tensors)), modules, tensors }
}

/** A tied name counts when the name it is tied to was left out, once for all names of one tensor. */
export function countedOnce(tensors: readonly TensorReport[]): readonly TensorReport[] {
  if (!tensors.some((tensor) => tensor.tiedTo !== null)) return tensors
  const names = new Set(tensors.map((tensor) => tensor.name))
  const counted = new Set<string>()
  return tensors.map((tensor) => {
    if (tensor.tiedTo === null || names.has(tensor.tiedTo) || counted.has(tensor.tiedTo)) return tensor
    counted.add(tensor.tiedTo)
    return { ...tensor, tiedTo: null }
  })
}

/** The modules that own one of the tensors. */
function modulePaths(tensors: readonly TensorReport[]): ReadonlySet<string> {
  return new Set(tensors.map(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf('.')))))
}
