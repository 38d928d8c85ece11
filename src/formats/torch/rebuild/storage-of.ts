import { isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import { pickledStorage } from './pickled-storage.ts'
import { storageOfId } from './storage-ref.ts'
import type { StorageRef } from './tensor-record.ts'

/** The storage that a value of a pickle names, or that it holds itself; undefined for what is neither. */
export function storageOf(value: PickleValue | undefined): StorageRef | undefined {
  if (!isRecord(value)) return undefined
  if (value.kind === 'call') return pickledStorage(value) ?? undefined
  return value.kind === 'persistent' ? storageOfId(value) : undefined
}
