import type { DType } from './tensors/dtype.ts'
import type { RepresentationReport } from './tensors/representation.ts'
import type { Answer, Kind, Level, Trainable } from './verdict.ts'

/** One claim about a tensor, as `why` shows it. */
export interface ExplainedClaim {
  readonly question: 'kind' | 'trainable'
  readonly answer: string
  readonly level: Level
  readonly reason: string
  /** Id of the evidence source or carry rule. */
  readonly source: string
  /** Whether the verdict is this claim's answer, for this claim's reason. */
  readonly won: boolean
}

/** What a tensor of a file that converters wrote was in the model of another library. */
export interface OriginalTensor {
  readonly library: string
  /** Several where models differ; `*` stands for the numbers of all that it stacks. */
  readonly names: readonly string[]
  /** It is a part of that tensor, which the file keeps in several. */
  readonly isPart: boolean
  /** What was done to its values: 1 added, `-exp(x)` in place of x, q, k and v regrouped. Absent: nothing known of. */
  readonly converted?: 'one-added' | 'minus-exp' | 'regrouped'
}

/** Everything that speaks about one tensor, and what it came to. */
export interface Explanation {
  readonly name: string
  readonly dtype: DType | null
  readonly shape: readonly number[]
  /** How its values are kept where that is not dense. */
  readonly representation?: RepresentationReport
  /** What an entry is that is no tensor. */
  readonly value?: string
  /** Absent where the file has the names of the library it is of, and where none is known. */
  readonly original?: OriginalTensor
  readonly kind: Answer<Kind>
  readonly trainable: Answer<Trainable>
  /** Strongest first. */
  readonly claims: readonly ExplainedClaim[]
}
