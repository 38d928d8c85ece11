import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { globalOf, itemsOf } from '../objects/objects.ts'
import { malformed } from '../rebuild/rebuild-arguments.ts'
import { elementType } from '../rebuild/storage-class.ts'
import { storageOf } from '../rebuild/storage-of.ts'
import type { Evaluation } from './evaluation.ts'

interface Signature {
  /** Positions of the arguments, and how many there may be. */
  readonly counts: readonly [number, number]
  readonly size: number
  readonly stride: number
  readonly requiresGrad: number | null
  readonly dtype: number | null
  readonly metadata: number | null
  readonly storage: number | null
}

// torch/_utils.py: all arguments are given by position.
const signatures: ReadonlyMap<string, Signature> = new Map([
  ['_rebuild_tensor', signature([4, 4], { storage: 0, size: 2, stride: 3 })],
  ['_rebuild_tensor_v2', signature([6, 7], { storage: 0, size: 2, stride: 3, requiresGrad: 4, metadata: 6 })],
  [
    '_rebuild_tensor_v3',
    signature([7, 8], { storage: 0, size: 2, stride: 3, requiresGrad: 4, dtype: 6, metadata: 7 }),
  ],
  ['_rebuild_qtensor', signature([7, 7], { storage: 0, size: 2, stride: 3, requiresGrad: 5 })],
  ['_rebuild_meta_tensor_no_storage', signature([4, 4], { dtype: 0, size: 1, stride: 2, requiresGrad: 3 })],
])

function signature(
  counts: readonly [number, number],
  at: Partial<Omit<Signature, 'counts'>> & { readonly size: number; readonly stride: number },
): Signature {
  return { counts, storage: null, requiresGrad: null, dtype: null, metadata: null, ...at }
}

/**
 * Refuses arguments that torch's function of that name refuses, whatever is in the storage.
 *
 * @throws SdinspectError `format/malformed`
 */
export function checkArguments(name: string, call: PickleCall, evaluation: Evaluation): void {
  const found = signatures.get(name.slice(name.lastIndexOf('.') + 1))
  if (found === undefined) return
  const { args } = call
  const [least, most] = found.counts
  if (args.length < least || args.length > most)
    throw malformed(call, `has ${args.length} arguments, and its function takes ${least}`)
  checkSizes(call, args[found.size], 'shape')
  const stride = args[found.stride]
  if (stride !== null) checkSizes(call, stride, 'strides')
  if (found.requiresGrad !== null) checkFlag(call, args[found.requiresGrad], dtypeOf(call, found))
  if (found.metadata !== null) checkMetadata(call, args[found.metadata], evaluation)
}

function dtypeOf({ args }: PickleCall, { dtype, storage }: Signature) {
  const global = dtype === null ? undefined : globalOf(args[dtype])
  if (global !== undefined) return elementType(global)
  const unit = storage === null ? undefined : storageOf(args[storage])?.unit
  return unit === 'bytes' ? 'U8' : unit
}

function checkSizes(call: PickleCall, value: PickleValue | undefined, what: string): void {
  if (!isRecord(value) || (value.kind !== 'tuple' && value.kind !== 'list'))
    throw malformed(call, `has no ${what}`)
  if (typeof value.items[0] === 'boolean') throw malformed(call, `has a bool in its ${what}`)
}

function checkFlag(call: PickleCall, flag: PickleValue | undefined, dtype: ReturnType<typeof dtypeOf>): void {
  if (typeof flag !== 'boolean') throw malformed(call, 'has a requires_grad that is no bool')
  if (flag && dtype !== undefined && !dtypes[dtype].requiresGrad)
    throw malformed(call, `of ${dtype} cannot require grad`)
}

/** None, or a dict of `conj` and `neg`; other keys are passed over. */
function checkMetadata(call: PickleCall, value: PickleValue | undefined, evaluation: Evaluation): void {
  if (value === undefined || value === null || value === false) return
  const items = itemsOf(value)
  if (items === undefined) evaluation.unfollowed('metadata of a tensor that is no dict', call.offset)
}
