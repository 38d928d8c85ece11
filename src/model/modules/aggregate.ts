import type { Inspection } from '../inspection.ts'
import type { TensorReport } from '../report.ts'
import type { DType } from '../tensors/dtype.ts'
import { dtypeNames } from '../tensors/tensor-table.ts'
import { type Identities, identities } from './identity.ts'

/** What is under one module, tied tensors counted at their first name only. */
export interface ModuleTotals {
  readonly tensors: number
  /** Elements, by kind. */
  readonly parameters: number
  readonly buffers: number
  readonly other: number
  /** Elements of parameters known not to be trained. */
  readonly frozen: number
  /** Parameters as the model's author counts them: packed weights as the weights they stand for. */
  readonly logical: number
  /** Of the tensors whose element type is recorded. */
  readonly bytes: number
  /** Elements whose type, and so whose size, is not recorded. */
  readonly unrecorded: number
  /** Of the weights, or of everything where there are none; `mixed` for several, null for unrecorded. */
  readonly dtype: DType | 'mixed' | null
  /** Whether everything here is of one element type. */
  readonly oneDtype: boolean
}

/** Sums are kept in one array, this many for each module, at these places. */
const width = 8
const place = {
  tensors: 0,
  parameters: 1,
  buffers: 2,
  other: 3,
  frozen: 4,
  logical: 5,
  bytes: 6,
  unrecorded: 7,
} as const
const placeOfKind = { parameter: place.parameters, buffer: place.buffers, other: place.other } as const

/** The weights a tensor stands for, as its model's author counts them; a packed one counts as stored where the layout does not say. */
export function logicalElements(tensor: TensorReport): number {
  if (tensor.countedAs !== undefined) return 0
  if (tensor.quantised !== undefined)
    return tensor.quantised.logicalElements ?? tensor.quantised.leastElements ?? tensor.elements
  return tensor.kind === 'parameter' ? tensor.elements : 0
}

/**
 * Totals for every module, of which those that are identical have the same: from the leaves up, each different one once.
 *
 * @param uncounted tensors that are another name of one that is counted
 */
export function aggregate(
  inspection: Inspection,
  uncounted: ReadonlySet<number>,
  identity: Identities = identities(inspection, uncounted),
): (module: { readonly index: number }) => ModuleTotals {
  const { table, tree, verdicts, pool, quantisations, countedAs } = inspection
  const { firstChildren, nextSiblings, own, ownBegins } = tree
  const ids = identity.modules
  const sums = new Float64Array(identity.count * width)
  const weightTypes = new Uint8Array(identity.count).fill(noType)
  const anyTypes = new Uint8Array(identity.count).fill(noType)
  const isDone = new Uint8Array(identity.count)
  const types = table.columns.dtypes
  const kindPlaces = pool.map(({ kind }) => placeOfKind[kind.answer])
  const isFrozen = pool.map(({ kind, trainable }) => kind.answer === 'parameter' && trainable.answer === 'no')
  const isPlain = quantisations.isEmpty
  const add = (at: number, value: number) => {
    sums[at] = (sums[at] as number) + value
  }

  const addTensor = (id: number, index: number) => {
    const start = id * width
    const type = types[index] as number
    const elements = table.elements(index)
    const verdict = verdicts[index] as number
    const kindPlace = kindPlaces[verdict] as number
    const quantised = isPlain ? undefined : quantisations.at(index)
    const weights =
      quantised === undefined
        ? kindPlace === place.parameters
          ? elements
          : 0
        : (quantised.logicalElements ?? elements)
    anyTypes[id] = joined(anyTypes[id] as number, type)
    if (weights > 0) weightTypes[id] = joined(weightTypes[id] as number, type)
    add(start + place.tensors, 1)
    if (uncounted.size > 0 && uncounted.has(index)) return
    const bytes = table.bytes(index)
    if (bytes === null) add(start + place.unrecorded, elements)
    else add(start + place.bytes, bytes)
    if (countedAs.size > 0 && countedAs.has(index)) return
    add(start + kindPlace, elements)
    add(start + place.logical, weights)
    if (isFrozen[verdict] === true) add(start + place.frozen, elements)
  }

  for (let module = tree.size - 1; module >= 0; module--) {
    const id = ids[module] as number
    if (isDone[id] === 1) continue
    isDone[id] = 1
    const end = ownBegins[module + 1] as number
    for (let at = ownBegins[module] as number; at < end; at++) addTensor(id, own[at] as number)
    for (let at = firstChildren[module] as number; at !== 0; at = nextSiblings[at] as number) {
      const child = ids[at] as number
      for (let i = 0; i < width; i++) add(id * width + i, sums[child * width + i] as number)
      weightTypes[id] = joined(weightTypes[id] as number, weightTypes[child] as number)
      anyTypes[id] = joined(anyTypes[id] as number, anyTypes[child] as number)
    }
  }

  return (module) => {
    const index = ids[module.index] as number
    const sum = (at: number) => sums[index * width + at] ?? 0
    const weightType = weightTypes[index] as number
    return {
      tensors: sum(place.tensors),
      parameters: sum(place.parameters),
      buffers: sum(place.buffers),
      other: sum(place.other),
      frozen: sum(place.frozen),
      logical: sum(place.logical),
      bytes: sum(place.bytes),
      unrecorded: sum(place.unrecorded),
      dtype: typeOf(weightType) ?? typeOf(anyTypes[index] as number),
      oneDtype: anyTypes[index] !== mixedTypes,
    }
  }
}

/** Sets of element types that have room for one: none, the number of one, or several. */
const noType = 254
const mixedTypes = 253
const joined = (a: number, b: number): number => (a === noType || a === b ? b : b === noType ? a : mixedTypes)

function typeOf(type: number): DType | 'mixed' | null {
  return type === mixedTypes ? 'mixed' : (dtypeNames[type] ?? null)
}
