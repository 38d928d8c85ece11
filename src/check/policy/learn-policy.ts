import { foldedNames } from '../../model/names/folded-names.ts'
import type { Report, StateDictReport, TensorReport } from '../../model/report.ts'
import { chosenStateDict } from '../../model/select.ts'

/** Tensors that one entry of a learnt policy is about: names that differ in numbers, with all else alike. */
export interface LearntTensors {
  /** The names folded, as a pattern. */
  readonly match: string
  readonly count: number
  readonly dtype: string | null
  readonly shape: readonly number[]
  readonly kind: TensorReport['kind']
}

/** What a good checkpoint says a policy for its like should hold. */
export interface LearntPolicy {
  readonly path: string
  /** null where the main one is the only one. */
  readonly stateDict: string | null
  readonly tensors: readonly LearntTensors[]
  readonly counts: { readonly parameters: number; readonly buffers: number; readonly tensors: number }
  /** Weights of the model where they are packed; null where they are stored one by one. */
  readonly logical: number | null
  /** Of all files of weights. */
  readonly totalBytes: number
  /** Rules that warn about the checkpoint itself. */
  readonly accepted: readonly string[]
  /** `format` of the metadata; null where there is none. */
  readonly metadataFormat: string | null
}

/** Learns from a report what the next checkpoint of its kind should look like. */
export function learnPolicy(report: Report): Omit<LearntPolicy, 'accepted'> {
  const stateDict = chosenStateDict(report.stateDicts, null)
  const totals = stateDict?.totals
  const metadata = report.metadata instanceof Map ? report.metadata.get('format') : undefined
  return {
    path: report.path,
    stateDict: stateDict === null || stateDict.path === '' ? null : stateDict.path,
    tensors: stateDict === null ? [] : learntTensors(stateDict),
    counts: {
      parameters: totals?.parameters.elements ?? 0,
      buffers: totals?.buffers.elements ?? 0,
      tensors: stateDict?.tensors.length ?? 0,
    },
    logical:
      totals === undefined || totals.logicalParameters === totals.parameters.elements
        ? null
        : totals.logicalParameters,
    totalBytes: report.files.reduce((sum, { bytes, role }) => sum + (role === 'weights' ? bytes : 0), 0),
    metadataFormat: typeof metadata === 'string' ? metadata : null,
  }
}

/** Tensors with one type, shape and kind whose names fold to one pattern are one entry, in order of appearance. */
function learntTensors({ tensors }: StateDictReport): readonly LearntTensors[] {
  const groups = new Map<string, TensorReport[]>()
  for (const tensor of tensors) {
    const key = JSON.stringify([tensor.dtype, tensor.shape, tensor.kind, withoutNumbers(tensor.name)])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [tensor])
    else group.push(tensor)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group as [TensorReport, ...TensorReport[]]
    const { dtype, shape, kind } = first
    const [fold] = foldedNames(group.map(({ name }) => name))
    // A `*` or a shortened set says less or more than the names: then each speaks for itself.
    const isExact =
      group.length > 1 && !special.test(first.name) && fold !== undefined && !/[*]|\.\.\.,/.test(fold.name)
    if (isExact) return [{ match: fold.name, count: group.length, dtype, shape, kind }]
    return group.map(({ name }) => ({ match: escapedPattern(name), count: 1, dtype, shape, kind }))
  })
}

function withoutNumbers(name: string): string {
  return name.length > 1_000 ? name : name.replace(/(?<![^.])\d{1,15}(?![^.])/g, '#')
}

/** Characters that mean something in a pattern. */
const special = /[\\*?[\]{}]/

/** A pattern that fits this name and no other. */
function escapedPattern(name: string): string {
  return name.replace(/[\\*?[\]{}]/g, '\\$&')
}
