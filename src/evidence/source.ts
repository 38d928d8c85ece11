import type { Checkpoint, StateDict } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { ModuleNode, ModuleTree } from '../model/tree.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'

/** What an evidence source looks at: a state dict and its surroundings. */
export interface Subject {
  readonly checkpoint: Checkpoint
  readonly stateDict: StateDict
  readonly tree: ModuleTree
  /** Whether the user said this tensor is frozen (`--frozen PATTERN`). */
  readonly frozen: ((name: string) => boolean) | null
}

/** What else is known of a packed weight. */
export interface QuantisedDetails {
  /** Of the weight it stands for. */
  readonly logicalShape?: readonly number[]
  /** Fewest weights it can stand for, where their number does not follow. */
  readonly leastElements?: number
  /** Names of tensors it cannot be read without and that are not there. */
  readonly missing?: readonly string[]
}

/** Where a source puts what it has to say. `index` is the tensor's place in `stateDict.tensors`. */
export interface Claims {
  kind(index: number, answer: Answer<Kind>): void
  trainable(index: number, answer: Answer<Trainable>): void
  /** The module's class, declared or recognised. Several names: the shapes fit each of them. */
  module(node: ModuleNode, classes: readonly string[], detail: string, level: 'declared' | 'recognised'): void
  /** What a stored tensor of a quantised layout stands for: 0 elements for scales and other bookkeeping, null where it does not follow. */
  quantised(index: number, scheme: string, logicalElements: number | null, more?: QuantisedDetails): void
  /** A note on the whole state dict: `LoRA adapter, rank 8, on q_proj, v_proj`. */
  note(text: string): void
  finding(finding: Finding): void
}

/** One source of evidence. Register it in `evidence/index.ts`. Sources do not see each other's claims. */
export interface EvidenceSource {
  readonly id: string
  /** For `why` and the docs: `Integer types cannot require grad`. */
  readonly title: string
  collect(subject: Subject, claims: Claims): void
}
