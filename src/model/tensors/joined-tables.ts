import { JoinedNames } from '../names/name-column.ts'
import { ShapePool } from './shape-pool.ts'
import type { Tensor } from './tensor.ts'
import { type Columns, TensorTable } from './tensor-table.ts'

/** Tables one after the other, and where each row is from. */
export interface JoinedTables {
  readonly table: TensorTable
  /** By row: the number of its table. */
  readonly partOf: Uint32Array
}

/** One table of all rows of several, in their order. Rows are made by the table they are from. */
export function joinedTables(tables: readonly TensorTable[]): JoinedTables {
  const begins = new Uint32Array(tables.length)
  let length = 0
  tables.forEach((table, part) => {
    begins[part] = length
    length += table.length
  })
  const partOf = new Uint32Array(length)
  const dtypes = new Uint8Array(length)
  const shapes = new Uint32Array(length)
  const pool = new ShapePool()
  const ties = new Map<number, string>()
  const representations = new Map<number, object>()
  tables.forEach(({ columns }, part) => {
    const begin = begins[part] as number
    partOf.fill(part, begin, begin + columns.names.length)
    dtypes.set(columns.dtypes, begin)
    const ids = columns.pool.shapes.map((shape) => pool.id(shape))
    for (let row = 0; row < columns.shapes.length; row++)
      shapes[begin + row] = ids[columns.shapes[row] as number] as number
    for (const [row, tie] of columns.ties) ties.set(begin + row, tie)
    for (const [row, one] of columns.representations ?? []) representations.set(begin + row, one)
  })
  const names = new JoinedNames(
    tables.map(({ columns }) => columns.names),
    partOf,
    begins,
  )
  const columns: Columns = {
    names,
    dtypes,
    shapes,
    pool,
    ties,
    ...(representations.size === 0 ? {} : { representations }),
    ...(tables.every((table) => table.columns.sizes === undefined) ? {} : { sizes: sizesOf(tables, length) }),
  }
  const row = (index: number): Tensor => {
    const part = partOf[index] as number
    return (tables[part] as TensorTable).at(index - (begins[part] as number)) as Tensor
  }
  return { table: new TensorTable(columns, row), partOf }
}

function sizesOf(tables: readonly TensorTable[], length: number): NonNullable<Columns['sizes']> {
  const elements = new Float64Array(length)
  const bytes = new Float64Array(length)
  let at = 0
  for (const table of tables)
    for (let row = 0; row < table.length; row++, at++) {
      elements[at] = table.elements(row)
      bytes[at] = table.bytes(row) ?? Number.NaN
    }
  return { elements, bytes }
}
