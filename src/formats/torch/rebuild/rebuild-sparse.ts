import type { PickleCall } from '../../../codec/pickle-value.ts'
import { type SparseLayout, sparseLayouts } from '../../../model/tensors/representation.ts'
import { elementsIn, globalOf, isCall } from '../objects/objects.ts'
import { malformed, type Rebuild, sizes } from './rebuild-arguments.ts'
import { plainRecord } from './strided.ts'
import { isUnread, type TensorRecord } from './tensor-record.ts'

/**
 * (layout, (indices…, values, size)): the shape is the size, the bytes are those of all parts. The checks are those
 * of torch.load, which looks at the invariants of sparse tensors unless it is told not to.
 */
export const sparse: Rebuild = (call, read) => {
  const layout = layoutOf(call)
  if (layout === undefined) return { unread: 'a sparse tensor of a layout that is not known' }
  const items = elementsIn(call.args[1]) ?? []
  const names = partNames[layout]
  const tensors = names.map((name, i) => {
    const record = read(items[i])
    if (record === null) throw malformed(call, `is sparse and lacks its ${name.replaceAll('_', ' ')}`)
    return record
  })
  const shape = sizes(call, items[names.length], 'shape')
  const unread = tensors.find(isUnread)
  if (unread !== undefined) return unread
  const records = tensors as TensorRecord[]
  const refuse = (what: string) => malformed(call, `of shape [${shape.slice(0, 20).join(', ')}] ${what}`)
  const found =
    layout === 'coo' ? checkedCoo(records, shape, refuse) : checkedRows(layout, records, shape, refuse)
  const coalesced = items[names.length + 1]
  return {
    ...plainRecord,
    dtype: (records.at(-1) as TensorRecord).dtype,
    shape,
    representation: {
      kind: 'sparse',
      layout,
      ...found,
      ...(layout === 'coo' && typeof coalesced === 'boolean' ? { coalesced } : {}),
      parts: records.map((record, i) => ({ name: names[i] as string, record })),
    },
  }
}

const rows = ['crow_indices', 'col_indices', 'values']
const columns = ['ccol_indices', 'row_indices', 'values']
const partNames: Readonly<Record<SparseLayout, readonly string[]>> = {
  coo: ['indices', 'values'],
  csr: rows,
  bsr: rows,
  csc: columns,
  bsc: columns,
}

/** `torch.serialization._get_layout('torch.sparse_coo')`, or the layout by its name. */
function layoutOf({ args: [layout] }: PickleCall): SparseLayout | undefined {
  const named = isCall(layout) ? layout.args[0] : globalOf(layout)?.name
  const name = typeof named === 'string' ? named.replace(/^torch\./, '') : ''
  return sparseLayouts.find((one) => name === `sparse_${one}`)
}

interface FoundSparse {
  readonly nnz: number
  readonly blockSize?: readonly [number, number]
}
type Refuse = (what: string) => Error

/** [sparse dimensions, nnz] and [nnz, …dense dimensions]. */
function checkedCoo(
  [indices, values]: readonly TensorRecord[],
  shape: readonly number[],
  refuse: Refuse,
): FoundSparse {
  const [sparseDimensions, nnz] = indices?.shape ?? []
  const stored = values?.shape ?? []
  if (sparseDimensions === undefined || nnz === undefined || indices?.shape.length !== 2)
    throw refuse('is sparse, and its indices have not two dimensions')
  if (stored[0] !== nnz) throw refuse(`is sparse, with ${nnz} indices and ${stored[0] ?? 'no'} values`)
  const dense = stored.slice(1)
  if (
    sparseDimensions + dense.length !== shape.length ||
    dense.some((n, i) => n !== shape[sparseDimensions + i])
  )
    throw refuse('is sparse, and its indices and values are of another shape')
  return { nnz }
}

/** […batch, rows + 1], […batch, nnz] and […batch, nnz, …block, …dense]; columns in place of rows for CSC and BSC. */
function checkedRows(
  layout: SparseLayout,
  [compressed, plain, values]: readonly TensorRecord[],
  shape: readonly number[],
  refuse: Refuse,
): FoundSparse {
  const batch = (compressed?.shape.length ?? 0) - 1
  const isBlocked = layout === 'bsr' || layout === 'bsc'
  const nnz = plain?.shape.at(-1)
  const stored = values?.shape ?? []
  if (batch < 0 || nnz === undefined || plain?.shape.length !== batch + 1 || stored[batch] !== nnz)
    throw refuse(`is sparse, and its indices and values do not belong together`)
  const block = isBlocked ? stored.slice(batch + 1, batch + 3) : [1, 1]
  const [high = 0, wide = 0] = block
  const dense = stored.slice(batch + (isBlocked ? 3 : 1))
  const outer = layout === 'csr' || layout === 'bsr' ? 0 : 1
  const along = shape[batch + outer] ?? Number.NaN
  const fits =
    shape.length === batch + 2 + dense.length &&
    block.length === 2 &&
    (shape[batch] ?? 0) % high === 0 &&
    (shape[batch + 1] ?? 0) % wide === 0 &&
    (compressed?.shape[batch] ?? 0) === along / (block[outer] ?? 1) + 1 &&
    dense.every((n, i) => n === shape[batch + 2 + i]) &&
    shape
      .slice(0, batch)
      .every((n, i) => n === compressed?.shape[i] && n === plain.shape[i] && n === stored[i])
  if (!fits) throw refuse('is sparse, and its indices and values are of another shape')
  return { nnz, ...(isBlocked ? { blockSize: [high, wide] as const } : {}) }
}
