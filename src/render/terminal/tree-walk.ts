import type { Branch, Outline, OutlineNode } from '../../model/modules/outline.ts'
import type { Theme } from './theme.ts'

/** How much of the tree is shown. */
export interface Extent {
  /** Levels below the root; 1 shows the top lines only. */
  readonly depth: number
  /**
   * Which modules without children are opened, one line a tensor: `all`; `telling`, those whose class is not known, or
   * that hold buffers which their class does not always have; `none`.
   */
  readonly tensors: 'all' | 'telling' | 'none'
}

/** Where a line is in the tree. */
export interface TreePlace {
  readonly node: OutlineNode
  /** How often this line is there, for all the folds it is in and its own. */
  readonly times: number
  /** The line that it belongs to; null for those at the top. */
  readonly parent: TreePlace | null
  /** All that belong there, this one at `place`. */
  readonly siblings: readonly OutlineNode[]
  readonly place: number
}

/** One line of the tree before it is text. */
export interface TreeRow extends TreePlace {
  /** The tree lines to the left of the name. */
  readonly guide: string
  /** Whether the lines below it follow. */
  readonly open: boolean
}

/** Levels that get a tree line each; the guides of deeper ones say how deep they are. */
const deepestGuide = 40

interface Frame {
  readonly parent: TreePlace | null
  readonly nodes: readonly OutlineNode[]
  next: number
  readonly stem: string
  readonly times: number
}

/** The lines of the outline from the top, children after their parent. Keeps one frame a level, no recursion. */
export function* walkTree(outline: Outline, extent: Extent, theme: Theme): Generator<TreeRow> {
  const { glyphs } = theme
  const frames: Frame[] = [{ parent: null, nodes: outline.top, next: 0, stem: '', times: 1 }]
  for (;;) {
    const frame = frames.at(-1)
    if (frame === undefined) return
    const node = frame.nodes[frame.next]
    if (node === undefined) {
      frames.pop()
      continue
    }
    const { parent, nodes: siblings, next: place } = frame
    frame.next++
    const level = frames.length
    const last = frame.next === frame.nodes.length
    const times = frame.times * node.times
    const open = node.type === 'module' && level < extent.depth && opens(node, extent)
    const row = { node, parent, siblings, place, guide: guideOf(frame, level, last, glyphs), times, open }
    yield row
    if (!open) continue
    const below = outline.children(node)
    const stem =
      level === 1 || level > deepestGuide ? frame.stem : frame.stem + (last ? glyphs.gap : glyphs.stem)
    frames.push({ parent: row, nodes: below, next: 0, stem, times })
  }
}

function opens(node: Branch, { tensors }: Extent): boolean {
  if (node.hasChildren || tensors === 'all') return true
  if (tensors === 'none' || node.each.tensors === 1) return false
  if (node.module === undefined || node.each.other > 0) return true
  return node.each.buffers > 0 && !node.module.classes.every((name) => hasStatistics.test(name))
}

/** Classes of torch.nn whose running statistics nobody needs to be shown: the columns count them. */
const hasStatistics = /^(?:Lazy|Sync)?(?:Batch|Instance)Norm(?:[123]d)?$/

function guideOf(frame: Frame, level: number, last: boolean, glyphs: Theme['glyphs']): string {
  if (level === 1) return ''
  const branch = last ? glyphs.lastBranch : glyphs.branch
  return level <= deepestGuide ? frame.stem + branch : `${frame.stem}${glyphs.ellipsis}${level} `
}

/** Lines shown when nobody says how many: a screen or two. */
const comfortable = 48

/** Counts lines, but not beyond `limit`. */
function rowsWithin(outline: Outline, extent: Extent, theme: Theme, limit: number): number {
  let rows = 0
  for (const _ of walkTree(outline, extent, theme)) if (++rows > limit) break
  return rows
}

/** The deepest view that fits a screen or two: with the telling tensors if it does, else as many levels as fit. */
export function comfortableExtent(outline: Outline, theme: Theme): Extent {
  const rows = (extent: Extent) => rowsWithin(outline, extent, theme, comfortable)
  for (const tensors of ['telling', 'none'] as const) {
    const whole: Extent = { depth: Number.POSITIVE_INFINITY, tensors }
    if (rows(whole) <= comfortable) return whole
  }
  let depth = 1
  while (rows({ depth: depth + 1, tensors: 'none' }) <= comfortable) depth++
  return { depth, tensors: 'none' }
}
