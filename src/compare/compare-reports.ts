import { formatOf } from '../formats/index.ts'
import type { PublishedNames } from '../formats/published-names.ts'
import { inspectionOf } from '../model/inspection.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { adapterFit } from './adapter/adapter-fit.ts'
import { compareStateDicts, type TensorDifference } from './compare-state-dicts.ts'
import { entryPairs } from './compare-values.ts'
import type { ComparedTensors } from './compared-tensors.ts'
import type { Difference, LoadResult, OptimizerLoad, Side } from './difference.ts'
import { type LoadOptions, loadStateDict, nothingLoaded } from './loading/load-state-dict.ts'
import { optimizerLoad, optimizerLoads } from './loading/optimizer-load.ts'
import { metadataChanges } from './metadata-change.ts'
import { convertedTensors } from './pairing/pair-published.ts'
import type { Pairing } from './pairing/pairing.ts'
import type { RenameRules } from './pairing/rename-rule.ts'
import { reorderedRows } from './row-order.ts'
import { type KnownValues, packedPairs, valueDifference } from './value-difference.ts'

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
  return pairedReports(a, b, options).difference
}

/** A difference, and what it was found by. */
export interface PairedDifference {
  readonly difference: Difference
  readonly pairing: Pairing
  /** Names of tensors whose values are compared: partners, and packed weights with the weights that they are of. */
  valuePairs(): readonly (readonly [a: string, b: string])[]
  /** The same difference where values are known. */
  withValues(values: KnownValues): Difference
}

/** The same as `compareReports`, with what it was found by. @throws SdinspectError as that does */
export function pairedReports(a: Report, b: Report, options: CompareOptions = {}): PairedDifference {
  const stateDictA = chosenStateDict(a.stateDicts, options.atA ?? null) ?? nothing
  const stateDictB = chosenStateDict(b.stateDicts, options.atB ?? null) ?? nothing
  const published = [publishedOf(a), publishedOf(b)] as const
  const { rules, pairing, ...tensors } = compareStateDicts(stateDictA, stateDictB, published)
  const metadata = metadataChanges(a.metadata, b.metadata)
  const reordered = reorderedRows(pairing, published)
  const converted = convertedTensors(pairing, published)
  const isModule = stateDictA.savedAs?.isMapping === false
  const loading: LoadOptions = { hasTiedNames: formatOf(a.format)?.keeps.tiedNames ?? true }
  const optimizers = optimizerLoads(a, b)
  let found: ReturnType<typeof packedAlone> | undefined
  const packed = () => {
    found ??= packedAlone(pairing, rules)
    return found
  }
  const valuePairs = () => [...pairing.names(), ...packed()]
  const paired = (difference: Difference): PairedDifference => {
    const withValues = (values: KnownValues): Difference => {
      const valuesCompared = valueDifference(pairing.names(), tensors, values, {
        a: namesOf(stateDictA),
        b: namesOf(stateDictB),
        packed: packed(),
        entries: entryPairs(stateDictA, stateDictB, (name) => rules.apply(name)),
      })
      return { ...difference, same: isSame(tensors, valuesCompared), valuesCompared }
    }
    const { values } = options
    return {
      difference: values === undefined ? difference : withValues({ digests: values }),
      pairing,
      valuePairs,
      withValues,
    }
  }
  if (stateDictA.role === 'optimizer' && stateDictB.role === 'optimizer')
    return paired({
      a: sideOf(a, stateDictA),
      b: sideOf(b, stateDictB),
      same: isSame(tensors, false),
      ...tensors,
      metadata,
      ...optimizerAlone(optimizerLoad(stateDictA, stateDictB)),
      valuesCompared: false,
    })
  const load = loadStateDict(stateDictA, stateDictB, loading)
  const assigned = loadStateDict(stateDictA, stateDictB, { ...loading, assign: true })
  const adapter = adapterFit(stateDictA, stateDictB)
  const difference: Difference = {
    a: sideOf(a, stateDictA),
    b: sideOf(b, stateDictB),
    same: isSame(tensors, false),
    ...tensors,
    metadata,
    load,
    loadRenamed:
      rules.rules.length === 0
        ? null
        : // Renaming makes a plain dict of it, without `_metadata`.
          loadStateDict(stateDictA, stateDictB, {
            ...loading,
            ofModule: isModule,
            rename: (name) => rules.apply(name),
          }),
    loadAssigned: comesToTheSame(load, assigned) ? null : assigned,
    loadOwn: isModule ? loadStateDict(stateDictA, stateDictB, { ...loading, ofModule: true }) : null,
    optimizers,
    ...(adapter === null ? {} : { adapter }),
    ...(reordered.length === 0 ? {} : { reordered }),
    ...(converted.length === 0 ? {} : { converted }),
    valuesCompared: false,
  }
  return paired(difference)
}

/** Of what has no partner by name. */
function packedAlone(pairing: Pairing, rules: RenameRules): (readonly [string, string])[] {
  const found = (side: ComparedTensors, alone: readonly number[]) =>
    alone.flatMap((index) => {
      const tensor = side.at(index)
      return tensor === undefined || tensor.quantised?.logicalElements === 0 ? [] : tensor
    })
  return packedPairs(found(pairing.a, pairing.aloneInA()), found(pairing.b, pairing.aloneInB()), (name) =>
    rules.apply(name),
  )
}

function namesOf({ tensors }: Pick<StateDictReport, 'tensors'>): string[] {
  return Array.from(tensors, ({ name }) => name)
}

function publishedOf({ format, metadata }: Report): PublishedNames | undefined {
  return formatOf(format)?.published?.(metadata)
}

function isSame(
  { changed, onlyA, onlyB, values, renames, fusions }: Omit<TensorDifference, 'rules' | 'pairing'>,
  valuesCompared: Difference['valuesCompared'],
): boolean {
  return (
    changed + onlyA.length + onlyB.length + values.length === 0 &&
    renames.length + fusions.length === 0 &&
    (valuesCompared === false || valuesCompared.different.length === 0)
  )
}

/** Two optimizers are compared by what `optimizer.load_state_dict` says: no module has their keys. */
function optimizerAlone(
  one: OptimizerLoad,
): Pick<Difference, 'load' | 'loadRenamed' | 'loadAssigned' | 'loadOwn' | 'optimizers'> {
  const outcome = one.error !== null ? 'raises' : one.isKnown ? 'loads' : 'unknown'
  const load: LoadResult = {
    ...nothingLoaded(null),
    fatal: one.error?.message ?? null,
    ...(one.error === null ? {} : { fatalType: one.error.type }),
    strict: outcome,
    lenient: outcome,
  }
  return { load, loadRenamed: null, loadAssigned: null, loadOwn: null, optimizers: [one] }
}

function comesToTheSame(a: LoadResult, b: LoadResult): boolean {
  const outcome = ({ strict, lenient, fatal, refused, undecided }: LoadResult) =>
    JSON.stringify([strict, lenient, fatal, refused, undecided])
  return outcome(a) === outcome(b)
}

const nothing: Pick<StateDictReport, 'path' | 'role' | 'tensors' | 'values' | 'modules' | 'savedAs'> & {
  totals: null
} = {
  path: '',
  role: 'other',
  tensors: [],
  modules: [],
  totals: null,
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
    tensors: inspectionOf(stateDict).length,
    values: stateDict.values?.length ?? 0,
    parameters: totals?.logicalParameters ?? 0,
    ...(totals?.logicalIsLeast && { parametersAreLeast: true }),
    buffers: totals?.buffers.elements ?? 0,
    bytes: totals?.stored.bytes ?? 0,
  }
}
