import type { Segment } from '../../model/modules/outline.ts'
import { count, nameForOutput } from '../text.ts'
import { displayWidth } from '../width.ts'
import type { Cell, Span } from './table.ts'
import type { Theme } from './theme.ts'
import type { TreeRow } from './tree-walk.ts'

/** Where a line is in the tree and what it is called: `├─ layers.{0..31} ×32`. */
export function layerCell({ node, guide }: TreeRow, theme: Theme): Cell {
  const spans: Span[] = [{ text: guide, style: 'line' }]
  for (const run of nameRuns(node.segments, theme.ascii)) spans.push(run)
  if (node.times > 1) spans.push({ text: ` ${theme.glyphs.times}${count(node.times)}`, style: 'fold' })
  return spans
}

/** What the lines below that of a row begin with, where it takes more than one: the guides of what follows it. */
export function guideBelow({ node, guide, open }: TreeRow, { glyphs }: Theme): Cell {
  if (guide === '') return []
  const stem = guide.endsWith(glyphs.lastBranch)
    ? guide.slice(0, -glyphs.lastBranch.length) + glyphs.gap
    : guide.endsWith(glyphs.branch)
      ? guide.slice(0, -glyphs.branch.length) + glyphs.stem
      : ' '.repeat(displayWidth(guide))
  const isAbove = node.type === 'module' && open
  return [{ text: isAbove ? stem + glyphs.stem : stem, style: 'line' }]
}

/** The dotted name as spans: text, which may be cut, and the sets of folds, which stay. */
function nameRuns(segments: readonly Segment[], ascii: boolean): Span[] {
  const spans: Span[] = []
  let run: string[] = []
  const flush = () => {
    if (run.length > 0)
      spans.push({ text: (spans.length > 0 ? '.' : '') + dottedName(run, ascii), cut: 'middle' })
    run = []
  }
  for (const { text, folded } of segments) {
    if (!folded) {
      run.push(text)
      continue
    }
    flush()
    if (spans.length > 0) spans.push({ text: '.' })
    // Sets at odd places: `split` with a group keeps what it splits at.
    text.split(setInLabel).forEach((part, i) => {
      if (part !== '') spans.push({ text: part, style: 'fold', cut: i % 2 === 0 ? 'middle' : 'set' })
    })
  }
  flush()
  return spans
}

const setInLabel = /(\{[^}]*\}|\*)/

/** Escaped as one name, so quotes go around the whole and a chain of 100,000 segments is told in length. */
const dottedName = (segments: readonly string[], ascii: boolean) => nameForOutput(segments.join('.'), ascii)
