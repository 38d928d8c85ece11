import { readPickle } from '../../../src/codec/pickle.ts'
import { isRecord, type PickleRecord, type PickleValue } from '../../../src/codec/pickle-value.ts'
import { SdinspectError } from '../../../src/errors.ts'
import { Evaluation } from '../../../src/formats/torch/evaluate/evaluation.ts'
import { isCall, isPlainDict, itemsOf } from '../../../src/formats/torch/objects/objects.ts'
import { isUnread, type TensorRecord } from '../../../src/formats/torch/rebuild/tensor-record.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { dtypes } from '../../../src/model/tensors/dtype.ts'
import { storageBytes } from './grammar.ts'

/** Path, type, shape, requires grad, and where in which storage. */
export type Listed = readonly [
  path: readonly (string | number)[],
  dtype: string,
  shape: readonly number[],
  requiresGrad: boolean,
  tie: readonly [key: string, offset: number, strides: readonly number[]] | null,
]

/** The tensors that the stream is shown to hold; `refused` or `unfollowed` where it is said that they are not known. */
export function ours(stream: Uint8Array): readonly Listed[] | 'refused' | 'unfollowed' {
  const evaluation = new Evaluation(defaultLimits)
  const document = readPickle(stream, defaultLimits, 'the stream', evaluation)
  if (document.value === undefined) return 'refused'
  for (const { key, bytes } of evaluation.storages.values())
    if (storageBytes.get(key) !== bytes) return 'refused'
  if (evaluation.findings('', '').length > 0) return 'unfollowed'
  try {
    return listed(document.value, evaluation)
  } catch (error) {
    if (error instanceof SdinspectError) return 'refused'
    throw error
  }
}

function listed(root: PickleValue, { read }: Evaluation): Listed[] {
  const found: Listed[] = []
  // Recursive: the streams of the grammar are small.
  const walk = (
    value: PickleValue,
    path: readonly (string | number)[],
    around: readonly PickleRecord[],
  ): void => {
    const record = read(value)
    if (record !== null) {
      if (!isUnread(record)) found.push([path, ...described(record)])
      return
    }
    if (!isRecord(value) || around.includes(value)) return
    const items = !isCall(value) || isPlainDict(value) ? itemsOf(value) : undefined
    const inside = [...around, value]
    if (items !== undefined)
      items.keys.forEach((key, i) => {
        walk(items.values[i] as PickleValue, [...path, typeof key === 'string' ? key : i], inside)
      })
    else if (value.kind === 'list' || value.kind === 'tuple')
      value.items.forEach((item, i) => {
        walk(item, [...path, i], inside)
      })
  }
  walk(root, [], [])
  return found
}

function described(record: TensorRecord): [string, readonly number[], boolean, Listed[4]] {
  const { dtype, shape, strides, offset, storage } = record
  const hasTie = strides !== null && record.representation?.kind !== 'meta' && !shape.includes(0)
  return [
    `torch.${dtype === null ? '?' : dtypes[dtype].torch}`,
    shape,
    record.requiresGrad === true,
    hasTie && storage !== null ? [storage.key, offset, strides] : null,
  ]
}
