import { type OutlineNode, outline } from '../model/outline.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { headingFacts } from '../render/heading-facts.ts'
import type { Theme } from '../render/terminal/theme.ts'
import { treeColumns } from '../render/terminal/tree.ts'
import { sentence } from '../render/text.ts'
import { moduleLines, tensorLines } from './about.ts'
import type { Asked, Browsed, Shown, Wish } from './browsed.ts'

/** One checkpoint, to look through. */
export class OneCheckpoint implements Browsed {
  readonly isComparison = false
  readonly title: string
  readonly choices: readonly string[]
  readonly #stateDicts: readonly StateDictReport[]
  readonly #asked: Asked

  constructor(report: Report, stateDicts: readonly StateDictReport[], asked: Asked) {
    this.#stateDicts = stateDicts
    this.#asked = asked
    this.choices = stateDicts.map(({ path }) => path)
    const facts = headingFacts(report, stateDicts[0] ?? null)
    this.title = [report.path, ...facts].map((fact) => sentence(fact)).join('  ')
  }

  show(choice: number, { sort, fold }: Wish): Shown {
    const stateDict = this.#stateDicts[choice] as StateDictReport
    const made = outline(stateDict, { sort, noFold: !fold })
    // Every module opens, so none lists its tensors in a column of their own.
    const extent = { depth: Number.POSITIVE_INFINITY, tensors: 'all' } as const
    return { stateDict, outline: made, columns: (theme) => treeColumns(made, extent, theme) }
  }

  about(choice: number, node: OutlineNode, theme: Theme): readonly string[] {
    if (node.type === 'module') return [...moduleLines(node, theme)]
    const { path } = this.#stateDicts[choice] as StateDictReport
    const { name } = node.tensor
    return [...tensorLines(node, this.#asked.explain(path, name), this.#asked.placesOf(path, name), theme)]
  }

  tensorOf(node: OutlineNode): string | null {
    return node.type === 'tensor' ? node.tensor.name : null
  }

  statistics(choice: number, name: string, signal: AbortSignal) {
    const { path } = this.#stateDicts[choice] as StateDictReport
    return this.#asked.statistics(path, name, signal)
  }
}
