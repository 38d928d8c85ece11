import { type Outline, outline } from '../../model/modules/outline.ts'
import type { Sorting } from '../../model/modules/sorted.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import { chosenStateDict } from '../../model/select.ts'
import { findingLines } from './findings.ts'
import { entryLines, footnoteLines } from './footnotes.ts'
import { headingLines } from './heading.ts'
import { memoryLines } from './memory.ts'
import { stateDictTable } from './state-dicts.ts'
import { defaultColumns, type Theme } from './theme.ts'
import { totalsLines } from './totals.ts'
import { treeLines } from './tree.ts'
import { comfortableExtent } from './tree-walk.ts'

export interface InspectTextOptions {
  /** Levels of the tree. Without it, as many as fit a screen or two. */
  readonly depth?: number
  readonly noFold?: boolean
  readonly sort?: Sorting | undefined
  /** Whether what it takes in memory is told. */
  readonly memory?: boolean | undefined
  /** What a command that is printed begins with. */
  readonly calledAs?: string | undefined
  /** Path of the state dict to show; the main one when absent. */
  readonly at?: string
}

/** Lines of the tree shown when no depth was asked for. */
const mostRows = 60

/** What `sdinspect <path>` prints: identity, findings, the module tree, totals and how they are known. */
export function* inspectText(report: Report, options: InspectTextOptions, theme: Theme): Generator<string> {
  const stateDict = chosenStateDict(report.stateDicts, options.at ?? null)
  yield* headingLines(report, stateDict, theme)
  if (report.findings.length > 0) {
    yield ''
    yield* findingLines(report.findings, theme)
  }
  if (report.stateDicts.length > 1) {
    yield ''
    yield* stateDictTable(report.stateDicts, stateDict, theme)
  }
  if (stateDict === null) return
  yield ''
  const tree = outlineOf(stateDict, options)
  const width = yield* moduleTree(tree, options, theme)
  yield theme.paint('line', theme.glyphs.rule.repeat(width))
  yield* totalsLines(stateDict, theme)
  yield ''
  if (options.memory === true) {
    yield* memoryLines(stateDict, theme)
    yield ''
  }
  const { calledAs } = options
  yield* footnoteLines(report, stateDict, { isByRole: tree.isByRole, calledAs }, theme)
}

function outlineOf(stateDict: StateDictReport, { noFold = false, sort }: InspectTextOptions): Outline {
  return outline(stateDict, { noFold, sort })
}

function* moduleTree(tree: Outline, options: InspectTextOptions, theme: Theme): Generator<string, number> {
  if (tree.top.length === 0) {
    yield theme.paint('quiet', 'no tensors')
    return Math.min(defaultColumns, theme.columns ?? defaultColumns)
  }
  if (options.depth !== undefined)
    return yield* treeLines(tree, { extent: { depth: options.depth, tensors: 'all' } }, theme)
  const rows = theme.most(mostRows)
  if (!Number.isFinite(rows))
    return yield* treeLines(tree, { extent: { depth: Number.POSITIVE_INFINITY, tensors: 'all' } }, theme)
  return yield* treeLines(tree, { extent: comfortableExtent(tree, theme), rows }, theme)
}

/** What `sdinspect tree` prints: the module tree to the last tensor, or to a depth. */
export function* treeText(
  stateDict: StateDictReport,
  options: InspectTextOptions,
  theme: Theme,
): Generator<string> {
  yield* moduleTree(
    outlineOf(stateDict, options),
    { ...options, depth: options.depth ?? Number.POSITIVE_INFINITY },
    theme,
  )
  yield* entryLines(stateDict, theme)
}
