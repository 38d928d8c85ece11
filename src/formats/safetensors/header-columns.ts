import { ByteNames } from '../../model/names/name-column.ts'
import { dtypes } from '../../model/tensors/dtype.ts'
import { grown, hashWith, Interner, noHash } from '../../model/tensors/hash.ts'
import { ShapePool } from '../../model/tensors/shape-pool.ts'
import { dtypeNames, TensorTable } from '../../model/tensors/tensor-table.ts'
import { runOf } from '../../model/values/values.ts'

/** Bits of an element, by the number of its type. */
const bits = Uint8Array.from(dtypeNames, (name) => dtypes[name].bits)

/** What a table of a safetensors header has besides: where the bytes of each tensor are. */
export class HeaderTable extends TensorTable {
  /** Of the first byte of each tensor, in the file. */
  readonly offsets: Float64Array

  /** The row of the tensor of a name; -1 when there is none. */
  readonly rowOf: (name: string) => number

  constructor(
    columns: TensorTable['columns'],
    { offsets, file, rowOf }: Pick<HeaderTable, 'offsets' | 'rowOf'> & { readonly file: string },
  ) {
    super(columns, (index) => {
      const bytes = this.bytes(index) as number
      return {
        name: this.name(index),
        dtype: this.dtype(index),
        shape: this.shape(index),
        elements: this.elements(index),
        bytes,
        values: runOf(file, offsets[index] as number, bytes),
        tiedTo: null,
      }
    })
    this.offsets = offsets
    this.rowOf = rowOf
  }

  /** Of the byte after the last one of a tensor, in the file. */
  end(index: number): number {
    return (this.offsets[index] as number) + (this.bytes(index) as number)
  }
}

/** Entries of real headers are longer. */
const usualEntryBytes = 96

/**
 * The entries of a header while it is read: columns that grow, and an index of their names. A row's number is
 * its id in the index, so a name is known to be there twice the moment it is.
 */
export class HeaderColumns extends Interner {
  readonly pool = new ShapePool()
  readonly #bytes: Uint8Array
  readonly #slice: (begin: number, end: number) => string
  #begins: Uint32Array
  #lengths: Uint32Array
  #dtypes: Uint8Array
  #shapes: Uint32Array
  #offsets: Float64Array
  readonly #odd = new Map<number, string>()
  // The name looked for: in the bytes, or a text.
  #begin = 0
  #end = 0
  #text: string | null = null

  /** @param slice the text of a range of `bytes`, known to be ASCII */
  constructor(bytes: Uint8Array, slice: (begin: number, end: number) => string) {
    // Memory that is never written to is never used.
    const room = Math.ceil(bytes.length / usualEntryBytes) + 64
    super(room)
    this.#bytes = bytes
    this.#slice = slice
    this.#begins = new Uint32Array(room)
    this.#lengths = new Uint32Array(room)
    this.#dtypes = new Uint8Array(room)
    this.#shapes = new Uint32Array(room)
    this.#offsets = new Float64Array(room)
  }

  /** The row of a name that stands in the bytes as printable ASCII; -1 when there is none. `hash` is of its bytes. */
  rowOfBytes(begin: number, end: number, hash: number): number {
    this.#begin = begin
    this.#end = end
    this.#text = null
    return this.find(hash)
  }

  rowOfText(text: string): number {
    this.#text = text
    return this.find(hashOfText(text))
  }

  protected isSame(row: number): boolean {
    const known = this.#odd.size === 0 ? undefined : this.#odd.get(row)
    const wanted = this.#text
    if (known !== undefined || wanted !== null)
      return (known ?? this.name(row)) === (wanted ?? this.#slice(this.#begin, this.#end))
    const length = this.#lengths[row] as number
    if (length !== this.#end - this.#begin) return false
    const bytes = this.#bytes
    const begin = this.#begins[row] as number
    for (let i = 0; i < length; i++) if (bytes[begin + i] !== bytes[this.#begin + i]) return false
    return true
  }

  name(row: number): string {
    const begin = this.#begins[row] as number
    return this.#odd.get(row) ?? this.#slice(begin, begin + (this.#lengths[row] as number))
  }

  /** Adds the row of the name that was looked for last and not found. */
  push(hash: number, dtype: number, shape: number, offset: number): void {
    const row = this.add(hash)
    if (row === this.#begins.length) this.#grow()
    if (this.#text !== null) this.#odd.set(row, this.#text)
    this.#begins[row] = this.#begin
    this.#lengths[row] = this.#text === null ? this.#end - this.#begin : 0
    this.#dtypes[row] = dtype
    this.#shapes[row] = shape
    this.#offsets[row] = offset
  }

  /** Type, shape and place of a row, for messages. */
  outline(row: number, dataOffset: number): string {
    return outlineOf(
      this.#dtypes[row] as number,
      this.pool,
      this.#shapes[row] as number,
      (this.#offsets[row] as number) + dataOffset,
    )
  }

  /** @param dataOffset of the data section, in the file */
  table(dataOffset: number, file: string): HeaderTable {
    const rows = this.count
    const columns = {
      names: new ByteNames(this.#bytes, this.#slice, {
        begins: this.#begins.subarray(0, rows),
        lengths: this.#lengths.subarray(0, rows),
        odd: this.#odd,
      }),
      dtypes: this.#dtypes.subarray(0, rows),
      shapes: this.#shapes.subarray(0, rows),
      pool: this.pool,
      ties: new Map<number, string>(),
    }
    const offsets = this.#offsets.subarray(0, rows)
    for (let row = 0; row < rows; row++) offsets[row] = (offsets[row] as number) + dataOffset
    return new HeaderTable(columns, { offsets, file, rowOf: (name) => this.rowOfText(name) })
  }

  #grow(): void {
    this.#begins = grown(this.#begins)
    this.#lengths = grown(this.#lengths)
    this.#dtypes = grown(this.#dtypes)
    this.#shapes = grown(this.#shapes)
    this.#offsets = grown(this.#offsets)
  }
}

/** `F32 [2, 3] at 114 to 138`. @param offset of its first byte, in the file. */
export function outlineOf(dtype: number, pool: ShapePool, shape: number, offset: number): string {
  const bytes = ((pool.elements[shape] as number) * (bits[dtype] as number)) / 8
  return `${dtypeNames[dtype]} [${pool.shapes[shape]?.join(', ')}] at ${offset} to ${offset + bytes}`
}

/** The hash of a name: of its code units, so that a name has one however it is written. */
export function hashOfText(text: string): number {
  let hash = noHash
  for (let i = 0; i < text.length; i++) hash = hashWith(hash, text.charCodeAt(i))
  return hash
}
