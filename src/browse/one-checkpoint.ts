import { bytesText } from '../model/bytes-text.ts'
import { type Leaf, type OutlineNode, outline } from '../model/modules/outline.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { fileFacts, modelFacts } from '../render/heading-facts.ts'
import { shownMetadata } from '../render/html/metadata-text.ts'
import { findingLines } from '../render/terminal/findings.ts'
import { footnoteLines } from '../render/terminal/footnotes.ts'
import { headingLines } from '../render/terminal/heading.ts'
import { stateDictTable } from '../render/terminal/state-dicts.ts'
import type { Theme } from '../render/terminal/theme.ts'
import { totalsLines } from '../render/terminal/totals.ts'
import { treeColumns } from '../render/terminal/tree.ts'
import { sentence } from '../render/text.ts'
import { findingCounts, moduleLines, pairLines, tensorLines } from './about.ts'
import type { Asked, Browsed, Shown, Wish } from './browsed.ts'

/** One checkpoint, to look through. */
export class OneCheckpoint implements Browsed {
  readonly isComparison = false
  readonly title: string
  readonly choices: readonly string[]
  readonly #report: Report
  readonly #stateDicts: readonly StateDictReport[]
  readonly #asked: Asked

  constructor(report: Report, stateDicts: readonly StateDictReport[], asked: Asked) {
    this.#report = report
    this.#stateDicts = stateDicts
    this.#asked = asked
    this.choices = stateDicts.map(({ path }) => path)
    const first = stateDicts[0] ?? null
    const facts = [...modelFacts(first), ...fileFacts(report, first)]
    const found = findingCounts(report.findings)
    this.title = [report.path, ...(found === '' ? [] : [`${found} (o)`]), ...facts]
      .map((fact) => sentence(fact))
      .join('  ')
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
    const path = this.#pathOf(choice)
    const { index } = node
    return [...tensorLines(node, this.#asked.explain(path, index), this.#asked.placesOf(path, index), theme)]
  }

  isCollected(choice: number): boolean {
    return this.#asked.explain(this.#pathOf(choice), 0) !== null
  }

  collect(choice: number): void {
    this.#asked.collect(this.#pathOf(choice))
  }

  *overview(choice: number, theme: Theme): Generator<string> {
    const stateDict = this.#stateDicts[choice] as StateDictReport
    yield* headingLines(this.#report, stateDict, theme)
    yield ''
    if (this.#report.findings.length > 0) {
      yield* findingLines(this.#report.findings, theme)
      yield ''
    }
    if (this.#stateDicts.length > 1) {
      yield* stateDictTable(this.#stateDicts, stateDict, { ...theme, interactive: false })
      yield ''
    }
    yield* totalsLines(stateDict, theme)
    yield ''
    yield* footnoteLines(this.#report, stateDict, { isByRole: false }, { ...theme, interactive: false })
    // The notes above name a few of each.
    const { metadata, values, files } = this.#report
    yield* pairLines('Metadata', shownMetadata(metadata), theme)
    const entries = stateDict.values ?? []
    yield* pairLines(
      'Entries that are no tensors',
      entries.map(({ name, description }) => [name, description] as const),
      theme,
    )
    yield* pairLines(
      'Also in the file',
      values.map(({ path, value }) => [path, value] as const),
      theme,
    )
    yield* pairLines(
      'Files',
      files.map(({ name, role, bytes }) => [name, `${role}, ${bytesText(bytes)}`] as const),
      theme,
    )
  }

  statistics(choice: number, { index }: Leaf, signal: AbortSignal) {
    return this.#asked.statistics(this.#pathOf(choice), index, signal)
  }

  #pathOf(choice: number): string {
    return (this.#stateDicts[choice] as StateDictReport).path
  }
}
