import type { Explanation } from '../model/explanation.ts'
import type { Leaf, Outline, OutlineNode } from '../model/modules/outline.ts'
import type { Sorting } from '../model/modules/sorted.ts'
import type { StateDictReport } from '../model/report.ts'
import type { TensorStatistics } from '../model/values/statistics.ts'
import type { Theme } from '../render/terminal/theme.ts'
import type { TreeColumn } from '../render/terminal/tree.ts'

/** How the tree is wanted. */
export interface Wish {
  readonly sort: Sorting
  readonly fold: boolean
  /** Of two checkpoints: leaves out what is the same. */
  readonly onlyDifferent: boolean
}

/** A state dict as it is shown. */
export interface Shown {
  readonly stateDict: StateDictReport
  readonly outline: Outline
  columns(theme: Theme): readonly TreeColumn[]
}

/** What is looked through: a checkpoint, or two of them. */
export interface Browsed {
  /** Printable. */
  readonly title: string
  /** The state dicts there are, by their paths; one of two checkpoints. */
  readonly choices: readonly string[]
  readonly isComparison: boolean
  show(choice: number, wish: Wish): Shown
  /** All that is to be known beside the tree, as lines of at most `theme.columns` cells. */
  overview(choice: number, theme: Theme): Iterable<string>
  /** What is known of a line, as lines of at most `theme.columns` cells. What speaks for its answers, once it was collected. */
  about(choice: number, node: OutlineNode, theme: Theme): readonly string[]
  isCollected(choice: number): boolean
  /** Collects what speaks for the answers of all tensors: once, and of a large model it takes a second. */
  collect(choice: number): void
  /**
   * Reads the values of a tensor.
   *
   * @throws SdinspectError where they cannot be read; the signal's reason
   */
  statistics(choice: number, leaf: Leaf, signal: AbortSignal): Promise<readonly TensorStatistics[]>
}

/** What a checkpoint has to be asked for, beyond its report. */
export interface Asked {
  /** Collects what speaks for the answers of the tensors of a state dict. */
  collect(stateDict: string): void
  /** What speaks for the answers of a tensor; null before that was collected. */
  explain(stateDict: string, index: number): Explanation | null
  /** Where the values are: `model.safetensors: 5,120 bytes from 1,024`. */
  placesOf(stateDict: string, index: number): readonly string[]
  /** @throws SdinspectError where they cannot be read, or are far away and it was not asked twice; the signal's reason */
  statistics(stateDict: string, index: number, signal: AbortSignal): Promise<readonly TensorStatistics[]>
}
