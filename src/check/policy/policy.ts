import type { FindingLevel, TextPlace } from '../../model/finding.ts'
import type { Patterns } from '../../model/statements.ts'
import type { DType } from '../../model/tensors/dtype.ts'
import type { Kind, Level, Trainable } from '../../model/verdict.ts'
import type { CountName, MetadataType } from './expectations.ts'

/** A policy as `schema/policy.v1.json` allows it. */
export interface Policy extends PolicyExpectations {
  readonly version: 1
  /** `sdinspect:recommended`, `sdinspect:strict`, and paths of policies; later ones win. */
  readonly extends?: string | readonly string[]
  readonly paths?: readonly string[]
  readonly overrides?: readonly PolicyOverride[]
  readonly suppress?: readonly PolicySuppression[]
  readonly imports?: readonly PolicyImports[]
  readonly leaveOut?: readonly PolicyLeftOut[]
  /** Whether small values are looked at where nothing else tells parameter from buffer. */
  readonly smallValues?: 'auto' | 'always' | 'never'
}

/** Imports of pickles that are known and accepted. */
export interface PolicyImports {
  /** Patterns over dotted names. */
  readonly names: readonly string[]
  readonly files?: readonly string[]
  readonly reason: string
}

/** Files and folders that are not read. */
export interface PolicyLeftOut {
  readonly files: readonly string[]
  readonly reason: string
}

export interface PolicyOverride extends PolicyExpectations {
  readonly files: readonly string[]
}

export interface PolicyExpectations {
  readonly stateDict?: string
  readonly rules?: Readonly<Record<string, FindingLevel | 'warn' | 'off'>>
  readonly kinds?: Patterns
  readonly tensors?: readonly PolicyTensor[]
  readonly allowed?: readonly string[]
  readonly forbidden?: readonly string[]
  readonly counts?: Readonly<Partial<Record<CountName, PolicyRange<number | string>>>>
  readonly sizes?: Readonly<Partial<Record<'file' | 'total', PolicyRange<number | string>>>>
  readonly metadata?: Readonly<Record<string, PolicyMetadata>>
  readonly evidence?: Readonly<Partial<Record<'kind' | 'trainable', Level>>>
  readonly hashes?: Readonly<Record<string, string>>
  readonly lock?: string
  readonly values?: boolean
}

export type PolicyRange<T> = T | { readonly min?: T; readonly max?: T }

export interface PolicyTensor {
  readonly match: string
  readonly required?: boolean
  readonly count?: PolicyRange<number | string>
  readonly dtype?: DType | readonly DType[]
  readonly shape?: readonly (number | '*')[]
  readonly kind?: Kind
  readonly trainable?: Trainable | boolean
  readonly evidence?: Level
}

export type PolicyMetadata =
  | string
  | number
  | boolean
  | {
      readonly equals?: string
      readonly oneOf?: readonly string[]
      readonly type?: MetadataType
      readonly required?: boolean
    }

export interface PolicySuppression {
  readonly rule: string
  readonly tensors?: readonly string[]
  readonly files?: readonly string[]
  readonly reason: string
  /** The last day it holds: `2027-06-30`. */
  readonly expires?: string
}

/** A policy and where in its text each part stands. */
export interface PolicyDocument {
  /** As messages name it. */
  readonly file: string
  readonly policy: Policy
  /** The place of the value at a path of keys and indexes, or of the nearest part around it. */
  placeOf(path: readonly (string | number)[]): TextPlace
}
