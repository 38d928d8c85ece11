import { formatOf } from '../formats/index.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { compareStateDicts } from './compare-state-dicts.ts'
import type { Difference, Side } from './difference.ts'
import { type LoadOptions, loadStateDict } from './load-state-dict.ts'
import { metadataChanges } from './metadata-change.ts'

export interface CompareOptions {
  /** Path of the state dict of each side; null or absent: the model, or else the first. */
  readonly atA?: string | null
  readonly atB?: string | null
}

/**
 * How checkpoint `a` became checkpoint `b`, explained, and what loading `a` into the model of `b` would
 * report. Values are not read.
 *
 * @throws SdinspectError `usage/state-dict` when there is no state dict at a path
 */
export function compareReports(a: Report, b: Report, options: CompareOptions = {}): Difference {
  const stateDictA = chosenStateDict(a.stateDicts, options.atA ?? null) ?? nothing
  const stateDictB = chosenStateDict(b.stateDicts, options.atB ?? null) ?? nothing
  const { rules, ...tensors } = compareStateDicts(stateDictA, stateDictB)
  const metadata = metadataChanges(a.metadata, b.metadata)
  const loading = loadOptions(a)
  return {
    a: sideOf(a, stateDictA),
    b: sideOf(b, stateDictB),
    same:
      tensors.changed + tensors.onlyA.length + tensors.onlyB.length === 0 &&
      tensors.renames.length + tensors.fusions.length === 0,
    ...tensors,
    metadata,
    load: loadStateDict(stateDictA, stateDictB, loading),
    loadRenamed:
      rules.rules.length === 0
        ? null
        : // Renaming makes a plain dict of it, without `_metadata`.
          loadStateDict(stateDictA, stateDictB, {
            ...loading,
            hasVersions: false,
            rename: (name) => rules.apply(name),
          }),
    valuesCompared: false,
  }
}

const nothing: Pick<StateDictReport, 'path' | 'tensors' | 'modules'> & { totals: null } = {
  path: '',
  tensors: [],
  modules: [],
  totals: null,
}

function loadOptions({ format }: Report): LoadOptions {
  const { versions, tiedNames } = formatOf(format)?.keeps ?? { versions: false, tiedNames: true }
  return { hasVersions: versions, hasTiedNames: tiedNames }
}

function sideOf(
  { path, format }: Report,
  stateDict: Pick<StateDictReport, 'path' | 'tensors'> & {
    readonly totals: StateDictReport['totals'] | null
  },
): Side {
  const { totals } = stateDict
  return {
    path,
    format,
    stateDict: stateDict.path,
    tensors: stateDict.tensors.length,
    parameters: totals?.parameters.elements ?? 0,
    buffers: totals?.buffers.elements ?? 0,
    bytes: totals?.stored.bytes ?? 0,
  }
}
