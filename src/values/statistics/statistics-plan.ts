import { type DType, dtypes, isComplex } from '../../model/tensors/dtype.ts'
import { type Part, partsOf } from '../../model/tensors/representation.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import { valueType } from '../gather.ts'
import { codeTableOf } from './code-table.ts'
import { blockDecoder } from './ggml-blocks.ts'

/** A run of values to look at: a tensor's own, or those of a tensor that it is made of. */
export interface ValueItem {
  /** Place of the tensor in the list that was asked for. */
  readonly index: number
  /** Of a tensor that is made of others: which of them. */
  readonly part?: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly elements: number
  readonly bytes: number
  /** Whether a piece of it can be read without the rest: it is one run of bytes of a file. */
  readonly isRun: boolean
  /** They are worked out from values that are an item of their own: beside these they count for nothing. */
  readonly isWorkedOut?: true
}

/** How what is worked out from packed values is called, beside them. */
export const workedOutPart = 'dequantised'

/** Values that cannot be looked at, and why. */
export interface NoItem {
  readonly index: number
  readonly part?: string
  readonly reason: string
  /** Of them, where their number is known. */
  readonly bytes: number
  readonly isWorkedOut?: true
}

/** What there is to do for the statistics of a state dict: plain data, the same for every part of the work. */
export interface StatisticsPlan {
  readonly tensors: readonly {
    readonly name: string
    /** Place of the tensor that is the same memory and is read in place of it; null for what is read. */
    readonly sameAs: number | null
  }[]
  readonly items: readonly ValueItem[]
  readonly uncovered: readonly NoItem[]
}

/**
 * @param uncounted places of tensors that are another name of one that is among them
 * @param workedOut what is worked out from the values of a tensor, beside them
 */
export function statisticsPlan(
  tensors: readonly Tensor[],
  uncounted: ReadonlySet<number>,
  workedOut?: (index: number) => ValueItem | NoItem | null,
): StatisticsPlan {
  const items: ValueItem[] = []
  const uncovered: NoItem[] = []
  // By the first name of the memory, which may itself not be among the tensors.
  const read = new Map<string, number>()
  tensors.forEach((tensor, index) => {
    if (uncounted.has(index)) return
    read.set(tensor.tiedTo ?? tensor.name, index)
    for (const item of itemsOf(tensor, index)) {
      if ('dtype' in item) items.push(item)
      else uncovered.push(item)
    }
    const more = workedOut?.(index) ?? null
    if (more === null) return
    if ('dtype' in more) items.push(more)
    else uncovered.push(more)
  })
  return {
    tensors: tensors.map(({ name, tiedTo }, index) => ({
      name,
      sameAs: uncounted.has(index) ? (read.get(tiedTo ?? name) ?? null) : null,
    })),
    items,
    uncovered,
  }
}

/** The tensor that an item's values are those of: its own, or one that it is made of. */
export function tensorOf(tensor: Tensor, part: string | undefined): Tensor {
  const found =
    part === undefined ? undefined : partsOf(tensor.representation).find(({ name }) => name === part)
  if (found === undefined) return tensor
  return { ...found, name: tensor.name, elements: elementsOf(found.shape), bytes: null, tiedTo: null }
}

function* itemsOf(tensor: Tensor, index: number): Generator<ValueItem | NoItem> {
  const parts = partsOf(tensor.representation)
  if (parts.length === 0 || typeof tensor.values !== 'string') yield itemOf(index, { ...tensor, name: '' })
  for (const part of parts) if (!isOwn(part, tensor)) yield itemOf(index, part)
}

/** Of what keeps its values in a part, as nested tensors do, that part is the tensor once more. */
function isOwn({ dtype, shape, values }: Part, tensor: Tensor): boolean {
  if (typeof values === 'string' || typeof tensor.values === 'string') return false
  const isAlike = dtype === tensor.dtype && elementsOf(shape) === tensor.elements
  return isAlike && (values === tensor.values || JSON.stringify(values) === JSON.stringify(tensor.values))
}

function itemOf(index: number, { name, dtype, shape, values }: Part): ValueItem | NoItem {
  const type = valueType({ dtype, values })
  const elements = elementsOf(shape)
  const bytes = type === null ? 0 : Math.ceil((elements * dtypes[type].bits) / 8)
  const head = { index, ...(name === '' ? {} : { part: name }) }
  if (typeof values === 'string' || type === null) {
    const reason = typeof values === 'string' ? reasons[values] : 'its type is not recorded'
    return { ...head, reason, bytes }
  }
  if (!hasNumbers(type)) return { ...head, reason: whyNoNumbers(type), bytes }
  return { ...head, dtype: type, shape, elements, bytes, isRun: isRunOfFile({ values }) }
}

/** Whether the values are one run of bytes of a file, of which a piece can be read without the rest. */
export function isRunOfFile({ values }: Pick<Part, 'values'>): boolean {
  if (typeof values === 'string') return false
  const [only, ...rest] = values.chunks
  return (
    only !== undefined &&
    rest.length + (only.layers?.length ?? 0) === 0 &&
    (values.strides ?? only.box ?? only.blob) === undefined
  )
}

const reasons = {
  meta: 'it was saved without values, from the meta device',
  'not in this file': 'its values are not in this file, which only describes it',
  'in its parts': 'its values are in tensors that are not there',
  'layout not known': 'its values are stored in a form that is not read',
} as const

/** Whether the bits of a type stand for numbers. */
function hasNumbers(dtype: DType): boolean {
  return (
    dtypes[dtype].bits > 16 || isComplex(dtype) || codeTableOf(dtype) !== null || blockDecoder(dtype) !== null
  )
}

function whyNoNumbers(dtype: DType): string {
  return dtypes[dtype].torch === null
    ? `its values are packed as ${dtype}, which is not decoded`
    : `${dtype} stands for bits and not for numbers`
}
