import { bytesText } from '../../model/bytes-text.ts'
import { type Outline, type OutlineNode, outline } from '../../model/modules/outline.ts'
import type { StateDictReport } from '../../model/report.ts'
import { classText } from '../class-text.ts'
import { shapeText } from '../shape-text.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import { type Child, type Element, element } from './element.ts'

/** Lines of the tree in a page that is read without its script, and on paper. */
const mostLines = 500
/** Deeper lines are indented no further. */
const deepestIndent = 8

/** The folded tree of a state dict as a table, from the top down as far as there is room. */
export function outlineTable(stateDict: StateDictReport): Element {
  const tree = outline(stateDict)
  const { lines, rest } = linesOf(tree)
  return element(
    'table',
    { class: 'outline' },
    element('caption', {}, 'Modules and tensors, repeated blocks shown once'),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...['Name', 'What it is', 'Type', 'Parameters', 'Size'].map((title, i) =>
          element('th', { scope: 'col', ...(i > 2 ? { class: 'number' } : {}) }, title),
        ),
      ),
    ),
    element(
      'tbody',
      {},
      ...lines.map(({ node, level }) => row(node, level)),
      ...(rest === 0
        ? []
        : [
            element(
              'tr',
              {},
              element(
                'td',
                { colspan: '5', class: 'rest' },
                `and ${plural(rest, 'more line')} at these levels`,
              ),
            ),
          ]),
    ),
  )
}

interface Line {
  readonly node: OutlineNode
  readonly level: number
}

/** Lines in order: whole levels as long as they fit, so that what is left out is the deepest. */
function linesOf(tree: Outline): { readonly lines: readonly Line[]; readonly rest: number } {
  let depth = 1
  while (depth < 64 && fits(tree, depth + 1)) depth++
  const lines: Line[] = []
  let rest = 0
  for (const line of walk(tree, depth)) {
    if (lines.length < mostLines) lines.push(line)
    else rest++
  }
  return { lines, rest }
}

function fits(tree: Outline, depth: number): boolean {
  let lines = 0
  let deepest = 0
  for (const { level } of walk(tree, depth)) {
    deepest = Math.max(deepest, level)
    if (++lines > mostLines) return false
  }
  return deepest === depth
}

/** The lines of the first `depth` levels. Keeps a list of what is still to come, no recursion. */
function* walk(tree: Outline, depth: number): Generator<Line> {
  const pending: Line[] = []
  const push = (nodes: readonly OutlineNode[], level: number) => {
    for (let i = nodes.length - 1; i >= 0; i--) pending.push({ node: nodes[i] as OutlineNode, level })
  }
  push(tree.top, 1)
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next
    const { node, level } = next
    if (node.type === 'module' && level < depth) push(tree.children(node), level + 1)
  }
}

function row(node: OutlineNode, level: number): Element {
  const indent = `name level-${Math.min(level, deepestIndent)}`
  const name = element('th', { scope: 'row', class: indent }, ...nameOf(node))
  if (node.type === 'tensor') {
    const { kind, kindLevel, dtype, shape, elements, bytes } = node.tensor
    return element(
      'tr',
      { class: 'tensor' },
      name,
      element('td', {}, `${kind}${kindLevel === 'assumed' ? '?' : ''} ${shapeText(shape)}`),
      element('td', {}, dtype ?? '–'),
      element('td', { class: 'number' }, kind === 'parameter' ? count(elements * node.times) : '–'),
      element('td', { class: 'number' }, bytes === null ? '–' : bytesText(bytes * node.times)),
    )
  }
  const { module, each, times } = node
  return element(
    'tr',
    { class: 'module' },
    name,
    element('td', {}, module === undefined ? plural(each.tensors, 'tensor') : sentence(classText(module))),
    element('td', {}, each.dtype ?? '–'),
    element('td', { class: 'number' }, count(each.logical * times)),
    element(
      'td',
      { class: 'number' },
      each.bytes === 0 && each.tensors > 0 ? '–' : bytesText(each.bytes * times),
    ),
  )
}

/** A name of one line of the tree, and how often it is there. */
export function nameOf({ segments, times }: Pick<OutlineNode, 'segments' | 'times'>): Child[] {
  const text = segments.map(({ text, folded }) => (folded ? text : nameForOutput(text))).join('.')
  return times > 1 ? [text, ' ', element('span', { class: 'times' }, `×${count(times)}`)] : [text]
}
