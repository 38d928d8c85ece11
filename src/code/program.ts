import type { Notes, Template } from './template.ts'

/** A statement of a class, one line or several. */
export interface Line {
  readonly template: Template
  /** The attribute it makes, where it is one. */
  readonly owner?: string
  /** What it is, where that does not show: `GPTQ 4-bit, for 32 x 64 weights`. */
  readonly remark?: string
}

/** A class of the file that is written. */
export interface ClassDefinition {
  readonly name: string
  /** What its numbers are called; none where they are all the same. */
  readonly parameters: readonly string[]
  /** Statements of `__init__`, as Python text. */
  readonly lines: readonly WrittenLine[]
  /** Keeps an `_extra_state`. */
  readonly hasExtraState: boolean
}

export interface WrittenLine {
  readonly text: string
  /** For each mark in the text. */
  readonly notes: readonly Notes[]
  readonly remark: string | null
}

/** All of a file of Python, but for its text. */
export interface Program {
  /** Those that others use first; the last is the model. */
  readonly classes: readonly ClassDefinition[]
  readonly notes: readonly string[]
  /** Options that the file does not tell, by class of torch.nn. */
  readonly untold: ReadonlyMap<string, string>
  /** Whether the entries of the module come in the order of the file: null where the file keeps none. */
  readonly inOrder: boolean | null
  readonly entries: number
  /** Whether a type is not recorded. */
  readonly untyped: boolean
  /** Parameters of which the file does not record whether they train. */
  readonly unknownTrainable: boolean
  /** What `_extra_state` entries are, by description; empty where there are none. */
  readonly extraStates: readonly string[]
  /** safetensors names of the types there are, to torch's. */
  readonly dtypes: ReadonlyMap<string, string>
}
