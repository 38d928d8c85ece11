import type { DType } from '../model/tensors/dtype.ts'
import type { PartReport, RepresentationReport } from '../model/tensors/representation.ts'
import type { TensorList } from '../model/tensors/tensor-list.ts'
import type { Kind } from '../model/verdict.ts'

/**
 * How much of a checkpoint a lock holds to, strictest first.
 *
 * - `exact`: the bytes of its files (SHA-256), and with them everything; of each tensor the digest of its values too.
 * - `values`: the layout and the values of all tensors, whatever files and format they are in.
 * - `layout`: names, shapes, types, kinds, what is frozen, ties.
 * - `loadable`: names and shapes: what `load_state_dict(strict=True)` needs. Types may change.
 * - `superset`: as `loadable`, and there may be more tensors.
 */
export const lockLevels = ['exact', 'values', 'layout', 'loadable', 'superset'] as const
export type LockLevel = (typeof lockLevels)[number]

export interface LockedTensor {
  readonly name: string
  readonly kind: Kind
  /** The kind was assumed when the lock was written: another kind is no drift. */
  readonly assumed: boolean
  /** null where the file records none. */
  readonly dtype: DType | null
  readonly shape: readonly number[]
  /** Known not to be trained when the lock was written. */
  readonly frozen: boolean
  readonly tiedTo: string | null
  /** How its values are kept, without what depends on them. Absent: dense. */
  readonly representation?: RepresentationReport
  /** Of its type, shape and values (docs/digest.md). Absent: the level does not ask, or it is that of the tensor it is tied to. */
  readonly sha256?: string
  /** Of the lock, from 1; 0 for a lock that was never text. */
  readonly line: number
}

/** An entry that is no tensor. */
export interface LockedValue {
  readonly name: string
  /** Its Python class; null where the file does not say. */
  readonly type: string | null
  /** The tensors in it. */
  readonly parts: readonly PartReport[]
  /** Of the values of these, where the lock holds to values. */
  readonly sha256?: string
  readonly line: number
}

/** Levels that hold to values. */
export function holdsToValues(level: LockLevel): boolean {
  return level === 'exact' || level === 'values'
}

export interface LockedFile {
  /** Relative to the checkpoint. */
  readonly name: string
  readonly bytes: number
  /** 64 hexadecimal digits, lower case. */
  readonly sha256: string
  readonly line: number
}

/** What a lock says of one state dict of one checkpoint. */
export interface LockedCheckpoint {
  /** Relative to the folder of the lock, with `/`. */
  readonly path: string
  /** Path of the state dict; `''` for a file that is one. */
  readonly stateDict: string
  readonly level: LockLevel
  /** In natural order of the names. */
  readonly tensors: TensorList<LockedTensor>
  /** In natural order of the names. */
  readonly values: readonly LockedValue[]
  /** For the level `exact` alone. */
  readonly files: readonly LockedFile[]
  readonly line: number
}

export interface Lock {
  readonly checkpoints: readonly LockedCheckpoint[]
}
