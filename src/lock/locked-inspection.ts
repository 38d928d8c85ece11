import { Inspection } from '../model/inspection.ts'
import { TextNames } from '../model/names/name-column.ts'
import type { Quantisation } from '../model/report.ts'
import { dtypes } from '../model/tensors/dtype.ts'
import { Labels } from '../model/tensors/labels.ts'
import { ShapePool } from '../model/tensors/shape-pool.ts'
import type { TensorList } from '../model/tensors/tensor-list.ts'
import { dtypeCode, type Row, TensorTable } from '../model/tensors/tensor-table.ts'
import type { Verdict } from '../model/verdict.ts'
import type { LockedTensor } from './lock.ts'

/** What a lock says of tensors, in columns: to be compared with those of a checkpoint. */
export function lockedInspection(tensors: TensorList<LockedTensor>): Inspection {
  const { length } = tensors
  const names: string[] = []
  const types = new Uint8Array(length)
  const shapes = new Uint32Array(length)
  const verdicts = new Uint32Array(length)
  const pool = new ShapePool()
  const ties = new Map<number, string>()
  const representations = new Map<number, object>()
  const answers = new Verdicts()
  let isPacked = false
  // The tensors of one line share their shape.
  let [lastShape, shape]: [readonly number[] | null, number] = [null, 0]
  tensors.forEach((locked, index) => {
    names.push(locked.name)
    types[index] = dtypeCode(locked.dtype)
    if (locked.shape !== lastShape) {
      lastShape = locked.shape
      shape = pool.id(lastShape)
    }
    shapes[index] = shape
    verdicts[index] = answers.number(locked)
    isPacked ||= locked.dtype !== null && dtypes[locked.dtype].bits < 8
    if (locked.tiedTo !== null) ties.set(index, locked.tiedTo)
    if (locked.representation !== undefined) representations.set(index, locked.representation)
  })
  const columns = {
    names: new TextNames(names),
    dtypes: types,
    shapes,
    pool,
    ties,
    ...(representations.size === 0 ? {} : { representations }),
    ...(isPacked ? { sizes: sizesOf(tensors, shapes, pool) } : {}),
  }
  const inspection: Inspection = new Inspection({
    table: new TensorTable<Row>(columns, (index) => inspection.tensor(index)),
    tree: null,
    verdicts,
    pool: answers.pool,
    quantisations: new Labels<Quantisation>(length),
    classes: null,
  })
  return inspection
}

/** Elements of less than a byte fill whole bytes. */
function sizesOf(
  tensors: TensorList<LockedTensor>,
  shapes: Uint32Array,
  pool: ShapePool,
): { readonly elements: Float64Array; readonly bytes: Float64Array } {
  const elements = Float64Array.from(shapes, (shape) => pool.elements[shape] as number)
  const bytes = new Float64Array(elements.length)
  tensors.forEach(({ dtype }, index) => {
    bytes[index] =
      dtype === null ? Number.NaN : Math.ceil(((elements[index] as number) * dtypes[dtype].bits) / 8)
  })
  return { elements, bytes }
}

/** The few answers that the lines of a lock come to. */
class Verdicts {
  readonly pool: Verdict[] = []
  readonly #numbers = new Map<string, Map<number, number>>()

  number({ kind, assumed, frozen }: LockedTensor): number {
    let numbers = this.#numbers.get(kind)
    if (numbers === undefined) {
      numbers = new Map()
      this.#numbers.set(kind, numbers)
    }
    const said = Number(assumed) + 2 * Number(frozen)
    const known = numbers.get(said)
    if (known !== undefined) return known
    const number = this.pool.push(verdictOf(kind, assumed, frozen)) - 1
    numbers.set(said, number)
    return number
  }
}

/** A lock says of trainability only what is frozen. */
function verdictOf(kind: LockedTensor['kind'], assumed: boolean, frozen: boolean): Verdict {
  const known = frozen || kind !== 'parameter'
  const reason = frozen ? 'the lock says so' : known ? 'it is no parameter' : 'a lock does not record it'
  const source = ''
  return {
    kind: { answer: kind, level: assumed ? 'assumed' : 'declared', reason: 'the lock says so', source },
    trainable: { answer: known ? 'no' : 'unknown', level: known ? 'declared' : 'assumed', reason, source },
  }
}
