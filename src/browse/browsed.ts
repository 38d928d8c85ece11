import type { Explanation } from '../model/explanation.ts'
import type { Outline, OutlineNode } from '../model/outline.ts'
import type { StateDictReport } from '../model/report.ts'
import type { Sorting } from '../model/sorted.ts'
import type { TensorStatistics } from '../model/statistics.ts'
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
  /** What is known of a line, as lines of at most `theme.columns` cells. */
  about(choice: number, node: OutlineNode, theme: Theme): readonly string[]
  /** The tensor whose values a line stands for; null for a module. */
  tensorOf(node: OutlineNode): string | null
  /**
   * Reads the values of a tensor.
   *
   * @throws SdinspectError where they cannot be read; the signal's reason
   */
  statistics(choice: number, name: string, signal: AbortSignal): Promise<readonly TensorStatistics[]>
}

/** What a checkpoint has to be asked for, beyond its report. */
export interface Asked {
  explain(stateDict: string, name: string): readonly Explanation[]
  /** Where the values are: `model.safetensors, bytes 1,024 to 5,120`. */
  placesOf(stateDict: string, name: string): readonly string[]
  statistics(stateDict: string, name: string, signal: AbortSignal): Promise<readonly TensorStatistics[]>
}
