import type { Checkpoint, StateDict } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { ModuleTree } from '../model/modules/tree.ts'
import type { Said } from '../model/statements.ts'
import type { TensorTable } from '../model/tensors/tensor-table.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import type { ModuleView } from './module-view.ts'
import type { Surroundings } from './surroundings.ts'

/** What evidence is about: a state dict and its surroundings. */
export interface Subject {
  readonly checkpoint: Checkpoint
  readonly stateDict: StateDict
  /** The columns of its tensors. */
  readonly table: TensorTable
  readonly tree: ModuleTree
  /** What the user says of the model: `--buffer PATTERN`, `--manifest FILE`. */
  readonly said: Said
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

/** Where a source puts what it has to say of tensors and modules. `index` is the tensor's place in the state dict. */
export interface ModuleClaims {
  kind(index: number, answer: Answer<Kind>): void
  trainable(index: number, answer: Answer<Trainable>): void
  /** The module's class, declared or recognised. Several names: the shapes fit each of them. */
  module(
    module: { readonly index: number },
    classes: readonly string[],
    detail: string,
    level: 'declared' | 'recognised',
  ): void
  /** What a stored tensor of a quantised layout stands for: 0 elements for scales and other bookkeeping, null where it does not follow. */
  quantised(index: number, scheme: string, logicalElements: number | null, more?: QuantisedDetails): void
}

export interface Claims extends ModuleClaims {
  /** A loader takes another tensor, of this name, in place of the one at `index`: it is counted as that. */
  counted(index: number, name: string): void
  /** A note on the whole state dict: `LoRA adapter, rank 8, on q_proj, v_proj`. */
  note(text: string): void
  finding(finding: Finding): void
}

interface Source {
  /** Asked when answers have been carried, and of what is open then: nothing follows from what it says. */
  readonly isLast?: true
  readonly id: string
  /** For `why` and the docs: `Integer types cannot require grad`. */
  readonly title: string
}

/** A source that needs the whole state dict: names, counts, what is declared. */
export interface WholeSource extends Source {
  collect(subject: Subject, claims: Claims): void
}

/**
 * A source that sees one module, and the modules around it. It is asked once for all modules that look the same, so it must
 * go by what the view and the surroundings show and keep nothing from one call to the next.
 */
export interface ModuleSource extends Source {
  collectModule(view: ModuleView, around: Surroundings, claims: ModuleClaims): void
}

/** One source of evidence. Register it in `evidence/index.ts`. Sources do not see each other's claims. */
export type EvidenceSource = WholeSource | ModuleSource
