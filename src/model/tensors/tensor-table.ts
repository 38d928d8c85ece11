import { type NameColumn, TextNames } from '../names/name-column.ts'
import { type DType, dtypes } from './dtype.ts'
import { Pairs } from './hash.ts'
import { MadeList } from './made-list.ts'
import { ShapePool } from './shape-pool.ts'
import type { Tensor } from './tensor.ts'
import type { TensorList } from './tensor-list.ts'

/** What a table has of every tensor, whatever else its rows have. */
export type Row = Pick<Tensor, 'name' | 'dtype' | 'shape' | 'elements' | 'bytes' | 'tiedTo'> & {
  readonly representation?: object
}

/** Element types by their number in a column; what the file does not record is `unrecordedType`. */
export const dtypeNames = Object.keys(dtypes) as readonly DType[]
/** The number of a type that the file does not record. */
export const unrecordedType = 255
const dtypeCodes = new Map(dtypeNames.map((name, code) => [name, code]))
const dtypeBits = Float64Array.from(dtypeNames, (name) => dtypes[name].bits)

/** The number of an element type in a column. */
export function dtypeCode(dtype: DType | null): number {
  return dtype === null ? unrecordedType : (dtypeCodes.get(dtype) as number)
}

/** The columns of a table: one value a row, in the order of the state dict. */
export interface Columns {
  readonly names: NameColumn
  readonly dtypes: Uint8Array
  /** Numbers of shapes in the pool. */
  readonly shapes: Uint32Array
  readonly pool: ShapePool
  /** By row, for those that are another name of a tensor: the name of that. */
  readonly ties: ReadonlyMap<number, string>
  /** By row, for those that are not dense. Absent: all are. */
  readonly representations?: ReadonlyMap<number, object>
  /** What rows say of their size; absent where it is the product of the shape, in whole elements of the type. */
  readonly sizes?: {
    readonly elements: Float64Array
    /** NaN where it is not known. */
    readonly bytes: Float64Array
  }
}

/**
 * Tensors as columns. A row is made when it is asked for: what is done for every tensor reads the columns.
 */
export class TensorTable<T extends Row = Tensor> extends MadeList<T> {
  readonly columns: Columns
  #types: Uint32Array | null = null
  #contents: Uint32Array | null = null

  /** @param row makes the tensor at an index */
  constructor(columns: Columns, row: (index: number) => T) {
    super(columns.names.length, row)
    this.columns = columns
  }

  name(index: number): string {
    return this.columns.names.at(index)
  }

  dtype(index: number): DType | null {
    return dtypeNames[this.columns.dtypes[index] as number] ?? null
  }

  shape(index: number): readonly number[] {
    return this.columns.pool.shapes[this.columns.shapes[index] as number] as readonly number[]
  }

  elements(index: number): number {
    const { sizes, pool, shapes } = this.columns
    return (sizes === undefined ? pool.elements[shapes[index] as number] : sizes.elements[index]) as number
  }

  /** null where the type is not recorded. */
  bytes(index: number): number | null {
    const { sizes, dtypes } = this.columns
    if (sizes !== undefined) {
      const bytes = sizes.bytes[index] as number
      return Number.isNaN(bytes) ? null : bytes
    }
    const code = dtypes[index] as number
    return code === unrecordedType ? null : (this.elements(index) * (dtypeBits[code] as number)) / 8
  }

  /** By row: a number for type and shape together, the same for the same. */
  get types(): Uint32Array {
    this.#types ??= this.#numberTypes()
    return this.#types
  }

  #numberTypes(): Uint32Array {
    const { dtypes, shapes } = this.columns
    const pairs = new Pairs()
    const types = new Uint32Array(this.length)
    for (let index = 0; index < this.length; index++)
      types[index] = pairs.id(dtypes[index] as number, shapes[index] as number)
    return types
  }

  /** By row: a number for type, shape and size, the same for the same. */
  get contents(): Uint32Array {
    this.#contents ??= this.#numberContents()
    return this.#contents
  }

  #numberContents(): Uint32Array {
    const { types } = this
    const { sizes } = this.columns
    if (sizes === undefined) return types
    const numbers = new Map<number, number>()
    const numbered = (value: number): number => {
      const known = numbers.get(value)
      if (known !== undefined) return known
      numbers.set(value, numbers.size)
      return numbers.size - 1
    }
    const both = new Pairs()
    const all = new Pairs()
    const contents = new Uint32Array(this.length)
    for (let index = 0; index < this.length; index++) {
      const size = both.id(numbered(sizes.elements[index] as number), numbered(sizes.bytes[index] as number))
      contents[index] = all.id(types[index] as number, size)
    }
    return contents
  }

  /** The name of the tensor that this is another name of; null where it is the first or only one. */
  tie(index: number): string | null {
    const { ties } = this.columns
    return ties.size === 0 ? null : (ties.get(index) ?? null)
  }

  /** These rows alone, in this order. `row` makes them of what the table's own rows are. */
  pick(rows: Uint32Array): TensorTable<T> {
    const { names, dtypes, shapes, pool, ties, representations, sizes } = this.columns
    const columns: Columns = {
      names: names.pick(rows),
      dtypes: Uint8Array.from(rows, (row) => dtypes[row] as number),
      shapes: rows.map((row) => shapes[row] as number),
      pool,
      ties: pickedOf(ties, rows),
      ...(representations === undefined ? {} : { representations: pickedOf(representations, rows) }),
      ...(sizes === undefined
        ? {}
        : {
            sizes: {
              elements: Float64Array.from(rows, (row) => sizes.elements[row] as number),
              bytes: Float64Array.from(rows, (row) => sizes.bytes[row] as number),
            },
          }),
    }
    return new TensorTable(columns, (index) => this.row(rows[index] as number))
  }
}

function pickedOf<V>(sparse: ReadonlyMap<number, V>, rows: Uint32Array): ReadonlyMap<number, V> {
  const picked = new Map<number, V>()
  if (sparse.size > 0)
    rows.forEach((row, index) => {
      const value = sparse.get(row)
      if (value !== undefined) picked.set(index, value)
    })
  return picked
}

const tables = new WeakMap<object, TensorTable<Row>>()

/** The columns of a list of tensors: the list itself where it is a table; made once of an array. */
export function tableOf<T extends Row>(list: TensorList<T>): TensorTable<T> {
  if (list instanceof TensorTable) return list
  const known = tables.get(list) as TensorTable<T> | undefined
  if (known !== undefined) return known
  const made = tableOfRows([...list])
  tables.set(list, made as unknown as TensorTable<Row>)
  return made
}

function tableOfRows<T extends Row>(rows: readonly T[]): TensorTable<T> {
  const pool = new ShapePool()
  const elements = new Float64Array(rows.length)
  const bytes = new Float64Array(rows.length)
  const ties = new Map<number, string>()
  const representations = new Map<number, object>()
  rows.forEach((row, index) => {
    elements[index] = row.elements
    bytes[index] = row.bytes ?? Number.NaN
    if (row.tiedTo !== null) ties.set(index, row.tiedTo)
    if (row.representation !== undefined) representations.set(index, row.representation)
  })
  const columns: Columns = {
    names: new TextNames(rows.map(({ name }) => name)),
    dtypes: Uint8Array.from(rows, ({ dtype }) => dtypeCode(dtype)),
    shapes: Uint32Array.from(rows, ({ shape }) => pool.id(shape)),
    pool,
    ties,
    ...(representations.size === 0 ? {} : { representations }),
    sizes: { elements, bytes },
  }
  return new TensorTable(columns, (index) => rows[index] as T)
}
