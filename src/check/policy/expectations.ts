import type { TextPlace } from '../../model/finding.ts'
import type { Matcher } from '../../model/names/pattern.ts'
import type { Kind, Level, Trainable } from '../../model/verdict.ts'

/** Something a policy says, and where it says it. */
export interface Said<T> {
  readonly value: T
  readonly at: TextPlace
}

/** A pattern over tensor names, as written and as it works. */
export interface NamePattern {
  readonly text: string
  readonly matches: Matcher
}

/** From `min` to `max`, both included. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** What is expected of the tensors whose name fits. */
export interface TensorExpectation {
  readonly pattern: NamePattern
  readonly at: TextPlace
  /** Whether one has to be there. */
  readonly required: boolean
  readonly count: Said<Range> | null
  readonly dtypes: Said<readonly string[]> | null
  /** null: any length of that dimension. */
  readonly shape: Said<readonly (number | null)[]> | null
  readonly kind: Said<Kind> | null
  readonly trainable: Said<Trainable> | null
  /** The weakest level the kind may be known at. */
  readonly evidence: Said<Level> | null
}

export const metadataTypes = [
  'text',
  'integer',
  'url',
  'semver',
  'sha256',
  'rfc3339',
  'spdx',
  'email',
] as const
export type MetadataType = (typeof metadataTypes)[number]

export interface MetadataExpectation {
  readonly key: string
  readonly at: TextPlace
  readonly required: boolean
  readonly values: readonly string[] | null
  readonly type: MetadataType | null
}

export const countNames = ['parameters', 'logical', 'buffers', 'trainable', 'tensors'] as const
export type CountName = (typeof countNames)[number]

export interface PinnedHash {
  /** Relative to the checkpoint. */
  readonly file: string
  readonly sha256: string
  readonly at: TextPlace
  /** Said of all checkpoints of the policy, so that the file need be in one of them only. */
  readonly ofAll: boolean
}

/** All that a policy says of one checkpoint. */
export interface Expectations {
  /** Path of the state dict to check; null: the main one. */
  readonly stateDict: string | null
  readonly tensors: readonly TensorExpectation[]
  readonly forbidden: readonly Said<NamePattern>[]
  /** Names beside those of `tensors`; null: any. */
  readonly allowed: readonly Said<NamePattern>[] | null
  readonly counts: ReadonlyMap<CountName, Said<Range>>
  /** Bytes of each file of weights, and of all together. */
  readonly fileBytes: Said<Range> | null
  readonly totalBytes: Said<Range> | null
  readonly metadata: readonly MetadataExpectation[]
  readonly kindLevel: Said<Level> | null
  readonly trainableLevel: Said<Level> | null
  readonly hashes: readonly PinnedHash[]
  /** The values are read, and the rules about them asked. */
  readonly values: boolean
}

export const nothingExpected: Expectations = {
  stateDict: null,
  tensors: [],
  forbidden: [],
  allowed: null,
  counts: new Map(),
  fileBytes: null,
  totalBytes: null,
  metadata: [],
  kindLevel: null,
  trainableLevel: null,
  hashes: [],
  values: false,
}
