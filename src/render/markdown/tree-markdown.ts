import { bytesText } from '../../model/bytes-text.ts'
import { type Outline, type OutlineNode, outline } from '../../model/modules/outline.ts'
import type { Sorting } from '../../model/modules/sorted.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import { classNames } from '../class-text.ts'
import { count, plural } from '../text.ts'
import { code } from './markdown.ts'

export interface TreeMarkdownOptions {
  /** Levels of the list; 3 without it. */
  readonly depth: number | undefined
  readonly noFold: boolean
  readonly sort?: Sorting | undefined
}

/** Deeper than this, items are not indented further: the text must not grow with the square of the depth. */
const deepestIndent = 12

/** The module tree of each state dict as a nested list, identical blocks folded. */
export function* treeMarkdown(report: Report, options: TreeMarkdownOptions): Generator<string> {
  yield `### ${code(report.path)}\n`
  for (const stateDict of report.stateDicts) {
    yield stateDict.path === '' ? '\n' : `\n#### ${code(stateDict.path)}\n\n`
    yield* items(stateDict, options)
  }
}

function* items(
  stateDict: StateDictReport,
  { depth = 3, noFold, sort }: TreeMarkdownOptions,
): Generator<string> {
  const tree = outline(stateDict, { noFold, sort })
  const pending: { node: OutlineNode; level: number }[] = []
  const push = (nodes: readonly OutlineNode[], level: number) => {
    for (let i = nodes.length - 1; i >= 0; i--) pending.push({ node: nodes[i] as OutlineNode, level })
  }
  push(tree.top, 1)
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, level } = next
    const open = node.type === 'module' && node.hasChildren && level < depth
    yield `${'  '.repeat(Math.min(level - 1, deepestIndent))}- ${itemText(node, tree, open)}\n`
    if (open) push(tree.children(node), level + 1)
  }
}

function itemText(node: OutlineNode, tree: Outline, open: boolean): string {
  const name =
    code(node.segments.map(({ text }) => text).join('.')) + (node.times > 1 ? ` ×${count(node.times)}` : '')
  if (node.type === 'tensor') {
    const { kind, dtype, shape, tiedTo } = node.tensor
    return `${name} ${kind} ${dtype ?? ''} [${shape.join(', ')}]${tiedTo === null ? '' : ` = ${code(tiedTo)}`}`
  }
  const { module, each } = node
  const known =
    module === undefined
      ? ''
      : ` ${code(`${module.level === 'recognised' ? '~' : ''}${classNames(module.classes)} ${module.detail}`.trim())}`
  const own =
    open || node.hasChildren
      ? ''
      : ` (${tree
          .tensors(node)
          .map((leaf) => code(leaf.segments.map(({ text }) => text).join('.')))
          .slice(0, 8)
          .join(', ')})`
  const parts = [plural(each.parameters, 'parameter')]
  if (each.buffers > 0) parts.push(`${count(each.buffers)} in buffers`)
  if (each.other > 0) parts.push(`${count(each.other)} other`)
  if (each.bytes > 0 || each.unrecorded === 0) parts.push(bytesText(each.bytes))
  return `${name}${known}${own}: ${node.times > 1 ? 'each ' : ''}${parts.join(', ')}`
}
