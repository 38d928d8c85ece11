import { formatOf } from '../formats/index.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { compareStateDicts } from './compare-state-dicts.ts'
import type { Difference, Side, ValueDifference } from './difference.ts'
import { type LoadOptions, loadStateDict } from './load-state-dict.ts'
import { metadataChanges } from './metadata-change.ts'

export interface CompareOptions {
  /** Path of the state dict of each side; null or absent: the model, or else the first. */
  readonly atA?: string | null
  readonly atB?: string | null
  /** What the values of each tensor of the two sides come to, by name (`digestValues`): they are compared then. */
  readonly values?: readonly [a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>]
}

/**
 * How checkpoint `a` became checkpoint `b`, explained, and what loading `a` into the model of `b` would
 * report. Values are not read: digests of them are compared where they are given.
 *
 * @throws SdinspectError `usage/state-dict` when there is no state dict at a path
 */
export function compareReports(a: Report, b: Report, options: CompareOptions = {}): Difference {
  const stateDictA = chosenStateDict(a.stateDicts, options.atA ?? null) ?? nothing
  const stateDictB = chosenStateDict(b.stateDicts, options.atB ?? null) ?? nothing
  const { rules, pairs, ...tensors } = compareStateDicts(stateDictA, stateDictB)
  const valuesCompared = options.values === undefined ? false : compareValues(pairs, tensors, options.values)
  const metadata = metadataChanges(a.metadata, b.metadata)
  const loading = loadOptions(a)
  return {
    a: sideOf(a, stateDictA),
    b: sideOf(b, stateDictB),
    same:
      tensors.changed + tensors.onlyA.length + tensors.onlyB.length + tensors.values.length === 0 &&
      tensors.renames.length + tensors.fusions.length === 0 &&
      (valuesCompared === false || valuesCompared.different.length === 0),
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
    valuesCompared,
  }
}

function compareValues(
  pairs: readonly (readonly [string, string])[],
  { changes }: Pick<Difference, 'changes'>,
  [a, b]: NonNullable<CompareOptions['values']>,
): ValueDifference {
  // A digest is of the type and shape too.
  const other = new Set(changes.filter(({ shape, dtype }) => shape ?? dtype).map((change) => change.a))
  const comparable = pairs.filter(([name]) => !other.has(name))
  const different = comparable.filter(([nameA, nameB]) => a.get(nameA) !== b.get(nameB))
  return {
    same: comparable.length - different.length,
    different: different.map(([nameA, nameB]) => ({ a: nameA, b: nameB })),
    notComparable: pairs.length - comparable.length,
  }
}

const nothing: Pick<StateDictReport, 'path' | 'tensors' | 'values' | 'modules'> & { totals: null } = {
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
  stateDict: Pick<StateDictReport, 'path' | 'tensors' | 'values'> & {
    readonly totals: StateDictReport['totals'] | null
  },
): Side {
  const { totals } = stateDict
  return {
    path,
    format,
    stateDict: stateDict.path,
    tensors: stateDict.tensors.length,
    values: stateDict.values?.length ?? 0,
    parameters: totals?.parameters.elements ?? 0,
    buffers: totals?.buffers.elements ?? 0,
    bytes: totals?.stored.bytes ?? 0,
  }
}
