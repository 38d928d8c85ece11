import { readPickle } from '../../../codec/pickle.ts'
import type { PickleValue } from '../../../codec/pickle-value.ts'
import { isRecord, type PickleCall } from '../../../codec/pickle-value.ts'
import { isSdinspectError } from '../../../errors.ts'
import { defaultLimits } from '../../../limits.ts'
import { pythonName } from '../evaluate/callee.ts'
import { bytesOf, elementsIn, globalOf } from '../objects/objects.ts'
import { storageElementType } from './storage-class.ts'
import { storageOfId } from './storage-ref.ts'
import type { StorageRef } from './tensor-record.ts'

// How Python's own pickle keeps a tensor: torch/storage.py, __reduce__ of a storage, calls `_load_from_bytes` with what
// torch.save makes of it in the layout before 1.6 (torch/serialization.py, _legacy_save). What is in memory is never taken for an
// archive of tar there, as a file is.

export const bytesLoader = 'torch.storage._load_from_bytes'

const magicNumber = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001
const countBytes = 8

/** Whether a call makes a storage of bytes, or whatever else torch.load makes of them. */
export function isBytesLoader({ callee }: PickleCall): boolean {
  const global = globalOf(callee)
  return global !== undefined && pythonName(global) === bytesLoader
}

const known = new WeakMap<PickleCall, StorageRef | null>()

/** The storage that such a call makes; null where its bytes are anything but one, of which anything may come. */
export function pickledStorage(call: PickleCall): StorageRef | null {
  let storage = known.get(call)
  if (storage === undefined) {
    storage = isBytesLoader(call) ? storageIn(call) : null
    known.set(call, storage)
  }
  return storage
}

function storageIn({ args, kwargs, states, offset }: PickleCall): StorageRef | null {
  const bytes = args.length === 1 && kwargs === null && states.length === 0 ? bytesOf(args[0]) : undefined
  if (bytes === undefined) return null
  try {
    return storageOfFile(bytes, offset)
  } catch (error) {
    if (isSdinspectError(error)) return null
    throw error
  }
}

/** Five pickles, which import the class of the storage and nothing else, and the storage: not a byte more. */
function storageOfFile(bytes: Uint8Array, offset: number): StorageRef | null {
  const values: (PickleValue | undefined)[] = []
  let at = 0
  for (let index = 0; index < 5; index++) {
    const document = readPickle(bytes.subarray(at), defaultLimits, 'the storage')
    const isClean = document.imports.every(
      ({ module, name }) =>
        index === 3 && storageElementType({ kind: 'global', offset: 0, module, name }) !== undefined,
    )
    if (document.error !== null || !isClean) return null
    values.push(document.value)
    at += document.end
  }
  const [magic, version, , root, keys] = values
  if (magic !== magicNumber || version !== protocolVersion) return null
  if (!isRecord(root) || root.kind !== 'persistent') return null
  const storage = storageOfId(root)
  const listed = elementsIn(keys)
  const begin = at + countBytes
  if (listed?.length !== 1 || listed[0] !== storage.key || bytes.length !== begin + storage.bytes) return null
  const count = new DataView(bytes.buffer, bytes.byteOffset + at, countBytes).getBigInt64(0, true)
  if (count !== BigInt(storage.length) || storage.viewOffset !== 0) return null
  return { ...storage, key: `bytes at ${offset}`, data: bytes.subarray(begin) }
}
