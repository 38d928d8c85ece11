import type { Coverage, TensorStatistics } from './statistics.ts'

/** What was seen in the values of one tensor, or of a part of one: no more than rules ask for. */
export interface TensorReading extends TensorStatistics {
  /** Only a sample of the values was read. */
  readonly isSample?: true
  /** How the bytes of zeros lie; absent where nobody looked. */
  readonly zeros?: ZeroRuns
  /** All values, row by row, of a small tensor that a rule looks at one by one. */
  readonly small?: readonly number[]
}

/** Zeros by their bytes: -0 is none. */
export interface ZeroRuns {
  /** Elements at the end that are zero, up to the first that is not. */
  readonly tail: number
  /** Elements of a row: the product of all dimensions but the first. */
  readonly rowElements: number
  readonly rows: number
  /** Rows that are all zeros, those of the tail included. */
  readonly zeroRows: number
}

/** A member of an archive whose bytes are not those that were written. */
export interface BadEntry {
  readonly file: string
  readonly entry: string
}

/** All that a check saw in the values of one checkpoint. */
export interface ValueReading {
  /** By the path of the state dict. Names of tied tensors are in it too. */
  readonly stateDicts: ReadonlyMap<string, readonly TensorReading[]>
  /** Over all state dicts. */
  readonly coverage: Coverage
  readonly badEntries: readonly BadEntry[]
  /** Archives that state no checksums. Absent: none. */
  readonly withoutChecksums?: readonly string[]
  /** Of large tensors only a sample was read, and no checksums were compared. */
  readonly isSample?: true
}

/** What of a checkpoint is as it was in the one that it was trained from: tensors of one name, shape and type in both. */
export interface BaseComparison {
  readonly path: string
  /** By the name of a tensor of the checked state dict: whether its values are those of the base. */
  readonly isSame: ReadonlyMap<string, boolean>
}
