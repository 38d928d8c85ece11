import type { SaidFlag } from '../arguments/said.ts'
import type { Call, Library, OptionsOf } from '../command.ts'

/** A call that can be checked: what its flags say matters here. */
export interface CheckCall {
  readonly operands: readonly string[]
  readonly options: CheckCallOptions
  readonly library: Pick<Library, 'openPaths' | 'digestPaths' | 'readAgain'>
  readonly talk: Call['talk']
  /** Whether what cannot be checked is said in the report, in front of the same eyes. */
  readonly isToldBelow?: boolean
  /** Ends reading values. */
  readonly signal?: AbortSignal | undefined
}

export type CheckCallOptions = OptionsOf<
  | 'recurse'
  | 'allowEmpty'
  | 'baseline'
  | 'config'
  | 'failOn'
  | SaidFlag
  | 'limits'
  | 'keepHeaders'
  | 'lockFile'
  | 'maxWarnings'
  | 'rules'
  | 'values'
  | 'sample'
  | 'workers'
  | 'base'
  | 'yes'
>
