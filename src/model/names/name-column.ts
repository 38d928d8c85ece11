/** Code units of a name, where they are: an ASCII name in the bytes of its file, any other copied out. */
export interface Units {
  units: Uint8Array | Uint16Array
  begin: number
  end: number
}

/** The names of tensors, in order. */
export interface NameColumn {
  readonly length: number
  at(index: number): string
  /** Says where the code units of a name are. They stay there until the second call from now. */
  locate(index: number, into: Units): void
  /** The names of these rows. */
  pick(rows: Uint32Array): NameColumn
}

/** Names that are strings already. */
export class TextNames implements NameColumn {
  readonly #names: readonly string[]
  readonly #scratch = new Scratch()

  constructor(names: readonly string[]) {
    this.#names = names
  }

  get length(): number {
    return this.#names.length
  }

  at(index: number): string {
    return this.#names[index] as string
  }

  locate(index: number, into: Units): void {
    this.#scratch.write(this.at(index), into)
  }

  pick(rows: Uint32Array): NameColumn {
    return new TextNames(Array.from(rows, (row) => this.at(row)))
  }
}

/** Where names stand in the bytes of a header. */
export interface NamePlaces {
  readonly begins: Uint32Array
  readonly lengths: Uint32Array
  /** By row: the names that are not printable ASCII as they stand there. */
  readonly odd: ReadonlyMap<number, string>
}

/** Names that stay in the bytes they were read from: 700,000 strings are 50 MB. */
export class ByteNames implements NameColumn {
  readonly #bytes: Uint8Array
  readonly #slice: (begin: number, end: number) => string
  readonly #places: NamePlaces
  readonly #scratch = new Scratch()

  /** @param slice the text of a range of the bytes, known to be ASCII */
  constructor(bytes: Uint8Array, slice: (begin: number, end: number) => string, places: NamePlaces) {
    this.#bytes = bytes
    this.#slice = slice
    this.#places = places
  }

  get length(): number {
    return this.#places.begins.length
  }

  at(index: number): string {
    const { begins, lengths, odd } = this.#places
    if (odd.size > 0) {
      const text = odd.get(index)
      if (text !== undefined) return text
    }
    const begin = begins[index] as number
    return this.#slice(begin, begin + (lengths[index] as number))
  }

  locate(index: number, into: Units): void {
    const { begins, lengths, odd } = this.#places
    const text = odd.size > 0 ? odd.get(index) : undefined
    if (text !== undefined) {
      this.#scratch.write(text, into)
      return
    }
    into.units = this.#bytes
    into.begin = begins[index] as number
    into.end = into.begin + (lengths[index] as number)
  }

  pick(rows: Uint32Array): NameColumn {
    const { begins, lengths, odd } = this.#places
    const kept = new Map<number, string>()
    if (odd.size > 0)
      rows.forEach((row, index) => {
        const text = odd.get(row)
        if (text !== undefined) kept.set(index, text)
      })
    return new ByteNames(this.#bytes, this.#slice, {
      begins: rows.map((row) => begins[row] as number),
      lengths: rows.map((row) => lengths[row] as number),
      odd: kept,
    })
  }
}

/** Some names of a column, in another order. */
class PickedNames implements NameColumn {
  readonly #names: NameColumn
  readonly #rows: Uint32Array

  constructor(names: NameColumn, rows: Uint32Array) {
    this.#names = names
    this.#rows = rows
  }

  get length(): number {
    return this.#rows.length
  }

  at(index: number): string {
    return this.#names.at(this.#rows[index] as number)
  }

  locate(index: number, into: Units): void {
    this.#names.locate(this.#rows[index] as number, into)
  }

  pick(rows: Uint32Array): NameColumn {
    return new PickedNames(
      this.#names,
      rows.map((row) => this.#rows[row] as number),
    )
  }
}

/** Columns of names one after the other. */
export class JoinedNames implements NameColumn {
  readonly length: number
  readonly #parts: readonly NameColumn[]
  /** By row: its part; and by part: its first row. */
  readonly #partOf: Uint32Array
  readonly #begins: Uint32Array

  constructor(parts: readonly NameColumn[], partOf: Uint32Array, begins: Uint32Array) {
    this.length = partOf.length
    this.#parts = parts
    this.#partOf = partOf
    this.#begins = begins
  }

  at(index: number): string {
    const part = this.#partOf[index] as number
    return (this.#parts[part] as NameColumn).at(index - (this.#begins[part] as number))
  }

  locate(index: number, into: Units): void {
    const part = this.#partOf[index] as number
    ;(this.#parts[part] as NameColumn).locate(index - (this.#begins[part] as number), into)
  }

  pick(rows: Uint32Array): NameColumn {
    return new PickedNames(this, rows)
  }
}

/** Two buffers in turn: the units of a name are compared with those of the one before. */
class Scratch {
  readonly #buffers: Uint16Array[] = [new Uint16Array(256), new Uint16Array(256)]
  #turn = 0

  write(text: string, into: Units): void {
    this.#turn ^= 1
    let buffer = this.#buffers[this.#turn] as Uint16Array
    if (buffer.length < text.length) {
      buffer = new Uint16Array(text.length * 2)
      this.#buffers[this.#turn] = buffer
    }
    for (let i = 0; i < text.length; i++) buffer[i] = text.charCodeAt(i)
    into.units = buffer
    into.begin = 0
    into.end = text.length
  }
}
