import type { Branch, Leaf, Outline } from '../../model/modules/outline.ts'
import type { TensorReport } from '../../model/report.ts'
import { representationName, representationText } from '../../model/tensors/representation-text.ts'
import { classSpans } from '../class-name.ts'
import { shapeText } from '../shape-text.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import { countedOf } from './outline-counts.ts'
import { type Cell, cellWidth, type Span } from './table.ts'
import type { Style, Theme } from './theme.ts'
import type { TreeRow } from './tree-walk.ts'

/** What a line is: the class of a module, the kind and shape of a tensor, what one of several blocks has. */
export function typeCell(row: TreeRow, outline: Outline, theme: Theme, cells: number): Cell {
  const { node } = row
  return node.type === 'tensor' ? tensorType(node, theme) : moduleType(node, row, outline, theme, cells)
}

function moduleType(node: Branch, row: TreeRow, outline: Outline, theme: Theme, cells: number): Cell {
  const spans: Span[] = []
  const add = (span: Span) => spans.push(spans.length === 0 ? span : { ...span, text: `  ${span.text}` })
  if (node.module !== undefined) spans.push(...classSpans(node.module, theme))
  if (node.hasChildren) {
    if (node.times > 1) add({ text: `each ${count(countedOf(node))}`, style: 'fold', cut: 'whole' })
    if (!row.open) add({ text: plural(node.each.tensors, 'tensor'), style: 'quiet', cut: 'whole' })
  } else if (!row.open) {
    const own = outline.tensors(node)
    const tied = own.find(({ tensor }) => tensor.tiedTo !== null || tensor.countedAs !== undefined)
    if (node.module === undefined) spans.push(...ownTensors(own, theme, cells))
    if (tied !== undefined) add(tiedSpan(tied.tensor, theme))
  }
  const { frozen, parameters } = node.each
  if (frozen > 0) add({ text: frozen === parameters ? 'frozen' : 'part frozen', style: 'fold' })
  return spans
}

function tensorType({ tensor }: Leaf, theme: Theme): Cell {
  const spans: Span[] = [kindSpan(tensor, theme)]
  if (tensor.representation?.kind !== 'uninitialised') spans.push({ text: ` ${shapeText(tensor.shape)}` })
  if (tensor.representation !== undefined)
    spans.push({
      text: ` ${sentence(representationText(tensor.representation), theme.ascii)}`,
      style: 'fold',
      cut: 'end',
    })
  if (tensor.quantised !== undefined && tensor.quantised.logicalElements !== 0) {
    const { scheme, logicalShape } = tensor.quantised
    const packed = logicalShape === undefined ? '' : ` ${shapeText(logicalShape)}`
    spans.push({ text: ` ${sentence(scheme, theme.ascii)}${packed}`, style: 'quiet', cut: 'end' })
  }
  if (tensor.tiedTo !== null || tensor.countedAs !== undefined)
    spans.push({ text: ' ' }, tiedSpan(tensor, theme))
  if (tensor.kind === 'parameter' && tensor.trainable === 'no')
    spans.push({ text: '  frozen', style: 'fold' })
  return spans
}

function kindSpan(tensor: TensorReport, theme: Theme): Span {
  const doubt = tensor.kindLevel === 'assumed' ? '?' : ''
  if (tensor.kind === 'buffer') return { text: `${theme.glyphs.buffer} buffer${doubt}`, style: 'buffer' }
  return { text: `${tensor.kind === 'parameter' ? 'param' : 'other'}${doubt}`, style: 'quiet' }
}

const tiedSpan = (tensor: TensorReport, theme: Theme): Span => ({
  text: `= ${nameForOutput(tensor.tiedTo ?? tensor.countedAs ?? '', theme.ascii)}`,
  style: 'fold',
  cut: 'middle',
})

/** The own tensors of a module whose class is in the column before, in so many cells. */
export function tensorsCell({ node, open }: TreeRow, outline: Outline, theme: Theme, cells: number): Cell {
  if (node.type === 'tensor' || open || node.hasChildren || node.module === undefined) return []
  return ownTensors(outline.tensors(node), theme, cells)
}

/** Tensors told in one line; a module with more has its `tree`. */
const mostOwn = 8

/** Tensors that are told together: of one shape, parameters or buffers. */
interface Group {
  readonly shape: string
  readonly isBuffer: boolean
  readonly names: string[]
}

/** `weight, bias [64]  ○ running_mean, running_var [64]`: names of one shape together; where there is no room, how many there are. */
function ownTensors(own: readonly Leaf[], theme: Theme, cells: number): Cell {
  const groups: Group[] = []
  for (const leaf of own.slice(0, mostOwn)) {
    const shape = ownShape(leaf.tensor, theme)
    const isBuffer = leaf.tensor.kind === 'buffer'
    const last = groups.at(-1)
    if (last?.shape === shape && last.isBuffer === isBuffer) last.names.push(leafText(leaf, theme))
    else groups.push({ shape, isBuffer, names: [leafText(leaf, theme)] })
  }
  const rest = own.length - Math.min(own.length, mostOwn)
  const more: Cell = rest > 0 ? [{ text: `  ${rest} more`, style: 'quiet' }] : []
  for (const namesOf of [(names: string[]) => names.join(', '), joined]) {
    const told = [...groups.map((group, i) => groupSpan(group, i, namesOf(group.names), theme)), ...more]
    if (cellWidth(told) <= cells) return told
  }
  return numbersOf(own, theme)
}

function groupSpan({ shape, isBuffer }: Group, place: number, names: string, theme: Theme): Span {
  const text = `${place > 0 ? '  ' : ''}${isBuffer ? `${theme.glyphs.buffer} ` : ''}${names} ${shape}`
  return { text, style: isBuffer ? 'buffer' : 'quiet' }
}

/** `running_{mean,var}`: names that begin alike as one pattern. */
function joined(names: readonly string[]): string {
  const [first = ''] = names
  const common = first.lastIndexOf('_') + 1
  const start = first.slice(0, common)
  if (
    names.length < 2 ||
    common === 0 ||
    !names.every((name) => /^\w+$/.test(name) && name.startsWith(start))
  )
    return names.join(', ')
  return `${start}{${names.map((name) => name.slice(common)).join(',')}}`
}

/** `2 parameters  ○ 3 buffers`. */
function numbersOf(own: readonly Leaf[], theme: Theme): Cell {
  const sum = (leaves: readonly Leaf[]) => leaves.reduce((all, { times }) => all + times, 0)
  const of = (kind: TensorReport['kind']) => sum(own.filter(({ tensor }) => tensor.kind === kind))
  const spans: Span[] = []
  const add = (number: number, one: string, style: Style, sign = '') => {
    if (number === 0) return
    const text = `${spans.length > 0 ? '  ' : ''}${sign}${plural(number, one)}`
    spans.push({ text, style, cut: 'whole' })
  }
  add(of('parameter'), 'parameter', 'quiet')
  add(of('buffer'), 'buffer', 'buffer', `${theme.glyphs.buffer} `)
  add(of('other'), 'other tensor', 'quiet')
  return spans
}

function ownShape({ shape, representation }: TensorReport, theme: Theme): string {
  if (representation === undefined) return shapeText(shape)
  if (representation.kind === 'uninitialised') return representationText(representation)
  return `${shapeText(shape)} ${sentence(representationName(representation), theme.ascii)}`
}

function leafText({ segments, tensor, times }: Leaf, theme: Theme): string {
  const name = segments
    .map(({ text, folded }) => (folded ? text : nameForOutput(text, theme.ascii)))
    .join('.')
  const doubt = tensor.kindLevel === 'assumed' ? '?' : ''
  return `${name}${doubt}${times > 1 ? ` ${theme.glyphs.times}${count(times)}` : ''}`
}
