import { Inspection, inspectionOf, reportOfInspection } from '../model/inspection.ts'
import { TextNames } from '../model/names/name-column.ts'
import type { Quantisation, StateDictReport } from '../model/report.ts'
import { Labels } from '../model/tensors/labels.ts'
import { ShapePool } from '../model/tensors/shape-pool.ts'
import { type Row, TensorTable } from '../model/tensors/tensor-table.ts'
import type { Verdict } from '../model/verdict.ts'
import type { TensorChange } from './difference.ts'
import type { TensorPairing } from './pairing/tensor-pairing.ts'

/** What became of a tensor. */
export const states = ['same', 'changed', 'only in a', 'only in b'] as const

/** The tensors of two state dicts in one tree: partners are one tensor of it, under the name that `b` has. */
export interface Union {
  /** For its outline: blocks are one line where they are alike on both sides and in what became of them. */
  readonly stateDict: StateDictReport
  /** By tensor: its place on each side, and 1; 0 where it is not there. */
  readonly a: Uint32Array
  readonly b: Uint32Array
  /** By tensor: the number of its state. */
  readonly states: Uint8Array
  /** Of changed tensors, by their name in `a`. */
  readonly changes: ReadonlyMap<string, TensorChange>
}

/** @param onlyDifferent leaves out what is the same on both sides */
export function unionOf(
  one: StateDictReport,
  other: StateDictReport,
  { partners, difference }: Pick<TensorPairing, 'partners' | 'difference'>,
  onlyDifferent: boolean,
): Union {
  const [left, right] = [inspectionOf(one), inspectionOf(other)]
  const changes = new Map(difference.changes.map((change) => [change.a, change]))
  const ofB = new Uint32Array(right.length)
  partners.forEach((partner, index) => {
    if (partner > 0) ofB[partner - 1] = index + 1
  })
  const rows: { a: number; b: number; state: number; change: string }[] = []
  const add = (a: number, b: number) => {
    const change = a > 0 && b > 0 ? changes.get(left.table.name(a - 1)) : undefined
    const isRenamed = a > 0 && b > 0 && left.table.name(a - 1) !== right.table.name(b - 1)
    const state = b === 0 ? 2 : a === 0 ? 3 : change !== undefined || isRenamed ? 1 : 0
    if (onlyDifferent && state === 0) return
    const { a: _, b: __, ...what } = change ?? { a: '', b: '' }
    rows.push({ a, b, state, change: change === undefined ? String(isRenamed) : JSON.stringify(what) })
  }
  for (let b = 1; b <= right.length; b++) add(ofB[b - 1] as number, b)
  for (let a = 1; a <= left.length; a++) if (partners[a - 1] === 0) add(a, 0)

  const pool = new ShapePool()
  const verdicts = new Uint32Array(rows.length)
  const verdictPool: Verdict[] = []
  const numbers = new Map<Verdict, number>()
  // A label tells lines apart whose tensors are alike and what became of them is not.
  const labels = new Labels<Quantisation>(rows.length)
  const dtypes = new Uint8Array(rows.length)
  const shapes = new Uint32Array(rows.length)
  rows.forEach(({ a, b, state, change }, index) => {
    const [inspection, row] = b > 0 ? [right, b - 1] : [left, a - 1]
    const verdict = inspection.verdict(row)
    let number = numbers.get(verdict)
    if (number === undefined) {
      number = verdictPool.push(verdict) - 1
      numbers.set(verdict, number)
    }
    verdicts[index] = number
    labels.set(index, { scheme: `${state} ${change}`, logicalElements: null })
    dtypes[index] = inspection.table.columns.dtypes[row] as number
    shapes[index] = pool.id(inspection.table.shape(row))
  })
  const names = new TextNames(
    rows.map(({ a, b }) => (b > 0 ? right.table.name(b - 1) : left.table.name(a - 1))),
  )
  const inspection: Inspection = new Inspection({
    table: new TensorTable<Row>({ names, dtypes, shapes, pool, ties: new Map() }, (index) =>
      inspection.tensor(index),
    ),
    tree: null,
    verdicts,
    pool: verdictPool,
    quantisations: labels,
    classes: () => new Labels(inspection.tree.size),
  })
  const { path, role, order, totals } = other
  return {
    stateDict: reportOfInspection(inspection, { path, role, order, prefixes: [], notes: [], totals }),
    a: Uint32Array.from(rows, ({ a }) => a),
    b: Uint32Array.from(rows, ({ b }) => b),
    states: Uint8Array.from(rows, ({ state }) => state),
    changes,
  }
}
