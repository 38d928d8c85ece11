import type { TensorPairing } from '../compare/pairing/tensor-pairing.ts'
import { states, type Union, unionOf } from '../compare/tensor-union.ts'
import { type Inspection, inspectionOf } from '../model/inspection.ts'
import { type Leaf, type OutlineNode, outline } from '../model/modules/outline.ts'
import type { Report, StateDictReport, TensorReport } from '../model/report.ts'
import type { TensorStatistics } from '../model/values/statistics.ts'
import { shapeText } from '../render/shape-text.ts'
import { diffText } from '../render/terminal/diff-text.ts'
import { layerCell } from '../render/terminal/layer-cell.ts'
import type { Cell } from '../render/terminal/table.ts'
import type { Theme } from '../render/terminal/theme.ts'
import type { TreeColumn } from '../render/terminal/tree.ts'
import { count, nameForOutput, plural, sentence } from '../render/text.ts'
import { quietly, tensorLines } from './about.ts'
import type { Asked, Browsed, Shown, Wish } from './browsed.ts'

/** A checkpoint of the two. */
export interface SideOfTwo {
  readonly report: Report
  readonly stateDict: StateDictReport
  readonly asked: Asked
}

/** What became of the tensors below each module, by module of the union. */
interface Sums {
  readonly changed: Float64Array
  readonly onlyA: Float64Array
  readonly onlyB: Float64Array
  readonly parametersA: Float64Array
  readonly parametersB: Float64Array
}

interface Made {
  readonly union: Union
  readonly sums: Sums
}

/** Two checkpoints in one tree, a column for each: partners on one line, under the name that the second has. */
export class TwoCheckpoints implements Browsed {
  readonly isComparison = true
  readonly title: string
  readonly choices = ['']
  readonly #a: SideOfTwo
  readonly #b: SideOfTwo
  readonly #pairing: TensorPairing
  /** With what is the same, and without. */
  readonly #made = new Map<boolean, Made>()
  #shown: Made | null = null

  constructor(a: SideOfTwo, b: SideOfTwo, pairing: TensorPairing) {
    this.#a = a
    this.#b = b
    this.#pairing = pairing
    const { difference } = pairing
    const verdict = difference.same ? 'the same tensors' : 'they differ'
    this.title = `a ${sentence(a.report.path)}   b ${sentence(b.report.path)}   ${verdict}`
  }

  show(_choice: number, { sort, fold, onlyDifferent }: Wish): Shown {
    const made = this.#madeOf(onlyDifferent)
    const { stateDict } = made.union
    return {
      stateDict,
      outline: outline(stateDict, { sort, noFold: !fold }),
      columns: (theme) => this.#columns(made, theme),
    }
  }

  about(_choice: number, node: OutlineNode, theme: Theme): readonly string[] {
    const made = this.#shown as Made
    if (node.type === 'module') return [...this.#moduleLines(made, node.node.index, node, theme)]
    const [a, b] = this.#sides(made, node.index)
    const lines: string[] = [...this.#changeLines(made, node, theme)]
    for (const [letter, side, tensor] of [
      ['a', this.#a, a],
      ['b', this.#b, b],
    ] as const) {
      lines.push(theme.paint('fold', `${letter}  ${sentence(side.report.path, theme.ascii)}`))
      if (tensor === null) lines.push(theme.paint('quiet', '   not there'))
      else {
        const { path } = side.stateDict
        const index = indexIn(made, letter, node.index)
        const places = side.asked.placesOf(path, index)
        const leaf: Leaf = { type: 'tensor', segments: node.segments, tensor, index, times: node.times }
        lines.push(...tensorLines(leaf, side.asked.explain(path, index), places, theme))
      }
    }
    return lines
  }

  isCollected(): boolean {
    return [this.#a, this.#b].every(
      ({ asked, stateDict }) =>
        inspectionOf(stateDict).length === 0 || asked.explain(stateDict.path, 0) !== null,
    )
  }

  collect(): void {
    for (const { asked, stateDict } of [this.#a, this.#b]) asked.collect(stateDict.path)
  }

  overview(_choice: number, theme: Theme): Iterable<string> {
    return diffText(this.#pairing.difference, {}, theme)
  }

  async statistics(_choice: number, leaf: Leaf, signal: AbortSignal): Promise<readonly TensorStatistics[]> {
    const made = this.#shown as Made
    const found: TensorStatistics[] = []
    for (const [letter, side] of [
      ['a', this.#a],
      ['b', this.#b],
    ] as const) {
      const index = indexIn(made, letter, leaf.index)
      if (index < 0) continue
      const own = await side.asked.statistics(side.stateDict.path, index, signal)
      found.push(
        ...own.map((one) => ({ ...one, part: one.part === undefined ? letter : `${letter} ${one.part}` })),
      )
    }
    return found
  }

  #madeOf(onlyDifferent: boolean): Made {
    let made = this.#made.get(onlyDifferent)
    if (made === undefined) {
      const union = unionOf(this.#a.stateDict, this.#b.stateDict, this.#pairing, onlyDifferent)
      made = { union, sums: this.#sumsOf(union, inspectionOf(union.stateDict)) }
      this.#made.set(onlyDifferent, made)
    }
    this.#shown = made
    return made
  }

  /** The tensor of each side; null where it is not there. */
  #sides({ union }: Made, index: number): readonly [TensorReport | null, TensorReport | null] {
    const of = (inspection: Inspection, at: number) => (at === 0 ? null : inspection.tensor(at - 1))
    return [
      of(inspectionOf(this.#a.stateDict), union.a[index] as number),
      of(inspectionOf(this.#b.stateDict), union.b[index] as number),
    ]
  }

  #sumsOf(union: Union, { tree, length }: Inspection): Sums {
    const sum = () => new Float64Array(tree.size)
    const sums = { changed: sum(), onlyA: sum(), onlyB: sum(), parametersA: sum(), parametersB: sum() }
    const add = (to: Float64Array, module: number, value: number) => {
      to[module] = (to[module] as number) + value
    }
    const [left, right] = [inspectionOf(this.#a.stateDict), inspectionOf(this.#b.stateDict)]
    const parameters = (inspection: Inspection, at: number): number =>
      at > 0 && inspection.verdict(at - 1).kind.answer === 'parameter' && inspection.isCounted(at - 1)
        ? inspection.table.elements(at - 1)
        : 0
    for (let index = 0; index < length; index++) {
      const owner = tree.owners[index] as number
      const [a, b] = [union.a[index] as number, union.b[index] as number]
      add(sums.parametersA, owner, parameters(left, a))
      add(sums.parametersB, owner, parameters(right, b))
      const state = union.states[index] as number
      if (state > 0)
        add([sums.changed, sums.changed, sums.onlyA, sums.onlyB][state] as Float64Array, owner, 1)
    }
    // Parents have smaller numbers than their children.
    for (let module = tree.size - 1; module > 0; module--)
      for (const each of Object.values(sums))
        add(each, tree.parents[module] as number, each[module] as number)
    return sums
  }

  #columns(made: Made, theme: Theme): readonly TreeColumn[] {
    const { sums, union } = made
    const side = (of: 'a' | 'b'): TreeColumn => ({
      title: of,
      align: 'left',
      least: 9,
      most: 36,
      cell: ({ node }): Cell => {
        if (node.type === 'module') {
          const value = (of === 'a' ? sums.parametersA : sums.parametersB)[node.node.index] as number
          return [{ text: value === 0 ? '--' : count(value * node.times), style: 'quiet' }]
        }
        const tensor = this.#sides(made, node.index)[of === 'a' ? 0 : 1]
        if (tensor === null) return [{ text: '--', style: 'quiet' }]
        const kind = tensor.kind === 'buffer' ? ` ${theme.glyphs.buffer}` : ''
        return [
          { text: `${tensor.dtype ?? '?'} ${shapeText(tensor.shape)}`, cut: 'end' },
          { text: kind, style: 'buffer' },
        ]
      },
    })
    return [
      {
        title: 'Layer',
        align: 'left',
        least: 20,
        most: 100,
        cell: (row) => {
          const state = row.node.type === 'tensor' ? stateOf(row.node) : 0
          const [first, ...more] = layerCell(row, theme)
          const style = (['plain', 'warning', 'error', 'good'] as const)[state] ?? 'plain'
          return [first ?? { text: '' }, ...more.map((span) => (state === 0 ? span : { ...span, style }))]
        },
      },
      {
        title: 'What',
        align: 'left',
        least: 8,
        most: 30,
        cell: ({ node }): Cell => {
          if (node.type === 'tensor') {
            const state = stateOf(node)
            return state === 0
              ? []
              : [{ text: this.#whatOf(made, node, state), style: 'warning', cut: 'end' }]
          }
          const at = node.node.index
          const facts = [
            [sums.changed[at], 'changed'],
            [sums.onlyA[at], 'only in a'],
            [sums.onlyB[at], 'only in b'],
          ] as const
          const told = facts.filter(([value]) => (value ?? 0) > 0)
          if (told.length === 0) return [{ text: 'same', style: 'quiet' }]
          return [
            {
              text: told.map(([value, what]) => `${count((value ?? 0) * node.times)} ${what}`).join(', '),
              style: 'warning',
              cut: 'end',
            },
          ]
        },
      },
      side('a'),
      side('b'),
    ]

    function stateOf({ index }: Leaf): number {
      return union.states[index] ?? 0
    }
  }

  /** How the tensor of `a` became that of `b`, a line for each thing that is otherwise. */
  *#changeLines(made: Made, { index }: Leaf, theme: Theme): Generator<string> {
    const [a, b] = this.#sides(made, index)
    if (a === null || b === null) return
    const { arrow } = theme.glyphs
    const told: [what: string, from: string, to: string, note?: string][] = []
    const name = (text: string | null) => (text === null ? 'none' : nameForOutput(text, theme.ascii))
    const plain = (text: string | null) => sentence(text ?? 'none', theme.ascii)
    if (a.name !== b.name) told.push(['name', name(a.name), name(b.name)])
    const { shape, dtype, kind, trainable, tiedTo, quantised, representation } =
      made.union.changes.get(a.name) ?? {}
    if (shape)
      told.push(['shape', shapeText(shape.a), shapeText(shape.b), shape.how === 'other' ? '' : shape.how])
    if (dtype) told.push(['dtype', dtype.a ?? 'not recorded', dtype.b ?? 'not recorded'])
    const sure = (isSure: boolean) => (isSure ? '' : 'one of the two is assumed')
    if (kind) told.push(['kind', kind.a, kind.b, sure(kind.sure)])
    if (trainable) told.push(['trainable', trainable.a, trainable.b, sure(trainable.sure)])
    if (tiedTo) told.push(['tied to', name(tiedTo.a), name(tiedTo.b)])
    if (quantised) told.push(['quantised', plain(quantised.a), plain(quantised.b)])
    if (representation) told.push(['kept as', plain(representation.a), plain(representation.b)])
    for (const [what, from, to, note = ''] of told)
      yield theme.paint('warning', `${what} ${from} ${arrow} ${to}${note === '' ? '' : ` (${note})`}`)
    if (told.length === 0) yield* quietly('the same in both, but for values, which were not compared', theme)
  }

  #whatOf(made: Made, { index, tensor: { name } }: Leaf, state: number): string {
    if (state !== 1) return states[state] ?? ''
    const [a] = this.#sides(made, index)
    const change = a === null ? undefined : made.union.changes.get(a.name)
    const facts = Object.keys(change ?? {}).filter((key) => key !== 'a' && key !== 'b')
    const renamed = a !== null && a.name !== name
    return [...(renamed ? ['name'] : []), ...facts.map((key) => (key === 'tiedTo' ? 'tie' : key))].join(', ')
  }

  *#moduleLines(
    { sums }: Made,
    at: number,
    { node, times }: Extract<OutlineNode, { type: 'module' }>,
    theme: Theme,
  ) {
    yield theme.paint('strong', nameForOutput(node.path, theme.ascii))
    if (times > 1) yield* quietly(`the first of ${count(times)} that are alike in both`, theme)
    yield `  a  ${count(sums.parametersA[at] ?? 0)} parameters`
    yield `  b  ${count(sums.parametersB[at] ?? 0)} parameters`
    for (const [value, what] of [
      [sums.changed[at], 'changed'],
      [sums.onlyA[at], 'only in a'],
      [sums.onlyB[at], 'only in b'],
    ] as const)
      if ((value ?? 0) > 0) yield theme.paint('warning', `  ${plural(value ?? 0, 'tensor')} ${what}`)
  }
}

/** The place of a tensor of the union in the list of a side; -1 where the side has it not. */
function indexIn({ union }: Made, side: 'a' | 'b', index: number): number {
  return ((side === 'a' ? union.a : union.b)[index] as number) - 1
}
