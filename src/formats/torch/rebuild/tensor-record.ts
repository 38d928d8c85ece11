import type { PickleValue } from '../../../codec/pickle-value.ts'
import type { DType } from '../../../model/tensors/dtype.ts'
import type { Representation } from '../../../model/tensors/representation.ts'

/** A storage as a pickle refers to it. */
export interface StorageRef {
  /** Its name in the archive: `0` for `data/0`. */
  readonly key: string
  /** `cpu`, `cuda:0`, `meta`. */
  readonly location: string
  /** What `length` counts: elements of a type, or bytes. */
  readonly unit: DType | 'bytes'
  readonly length: number
  readonly bytes: number
  /** Of its persistent id: 5 in an archive, 6 in files of the layout before torch 1.6, whose last is a view. */
  readonly items: number
  /** Elements (bytes for an untyped storage) before the part that tensors count their offset from: legacy views. */
  readonly viewOffset: number
  /** Bytes of the storage that a tensor may reach: those to the end of that part. */
  readonly reach: number
  /** Its bytes, where the pickle itself holds them. */
  readonly data?: Uint8Array
}

/** A tensor that another is made of, as the pickle has it. */
export type RecordPart = NamedRecord

/** Bytes that a pickle of an old protocol writes as a text, and that were read as one. */
export interface BytesOfText {
  readonly bytes: Uint8Array
  /** Of Python 3: each is a character of a text in UTF-8. Of Python 2: they stand in the stream as they are. */
  readonly encoding: 'latin1' | 'none'
  /** Of an opcode near the text, in the stream. */
  readonly near: number
}

/** Values that are in a pickle and not in a storage. */
export interface InlineValues {
  /** As they stand in the stream: a view of it, or a text. */
  readonly data: Uint8Array | BytesOfText
  readonly isBigEndian: boolean
}

/** What a pickle says a tensor is: the arguments of torch's rebuild functions, checked, nothing built. */
export interface TensorRecord {
  /** null for a tensor of a lazy module, which has none yet. */
  readonly dtype: DType | null
  readonly shape: readonly number[]
  /** In elements; null for what is not strided memory (sparse, wrapper classes). */
  readonly strides: readonly number[] | null
  /** Of the first element in its storage, in elements. */
  readonly offset: number
  /** null where the tensor has no storage of its own: meta tensors, sparse tensors, wrapper classes. */
  readonly storage: StorageRef | null
  /** In the pickle itself (NumPy arrays). */
  readonly inline: InlineValues | null
  /** null where the record has no such flag. */
  readonly requiresGrad: boolean | null
  readonly role: 'tensor' | 'parameter' | 'buffer'
  /** Of a buffer that says so. */
  readonly persistent: boolean | null
  /** What is stored are the complex conjugates, the negatives of the values. */
  readonly conj: boolean
  readonly neg: boolean
  /** null for a plain dense tensor. */
  readonly representation: Representation<RecordPart> | null
}

/** A tensor under a name. */
export interface NamedRecord {
  readonly name: string
  readonly record: TensorRecord
  /** The entry before it that the file says it is, where no memory shows it. */
  readonly tied?: string
}

/** A call that rebuilds a tensor of a kind that is not read: said, and the rest goes on. */
export interface UnreadTensor {
  readonly unread: string
}

/** The tensor a value is; null when it is no tensor. */
export type TensorReader = (value: PickleValue | undefined) => TensorRecord | UnreadTensor | null

export function isUnread(record: TensorRecord | UnreadTensor): record is UnreadTensor {
  return 'unread' in record
}
