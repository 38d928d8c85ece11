/**
 * Numbers as bytes that compress well: each as the difference to the one before, in groups of seven bits, the lowest
 * first. Exact up to 2^53 - 1.
 */
export class ColumnWriter {
  #bytes = new Uint8Array(1 << 16)
  #length = 0

  /** @param values whole numbers, none below 0 */
  column(values: ArrayLike<number>): void {
    this.number(values.length)
    let before = 0
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number
      const step = value - before
      this.number(step < 0 ? -step * 2 - 1 : step * 2)
      before = value
    }
  }

  number(value: number): void {
    this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) + 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  /** Texts of printable ASCII, each as how much it shares with the one before and the rest. */
  texts(length: number, textAt: (index: number) => string): void {
    this.number(length)
    let before = ''
    for (let index = 0; index < length; index++) {
      const text = textAt(index)
      let shared = 0
      while (shared < text.length && text.charCodeAt(shared) === before.charCodeAt(shared)) shared++
      this.number(shared)
      this.number(text.length - shared)
      this.#room(text.length - shared)
      for (let at = shared; at < text.length; at++) this.#bytes[this.#length++] = text.charCodeAt(at)
      before = text
    }
  }

  bytes(values: Uint8Array): void {
    this.number(values.length)
    this.#room(values.length)
    this.#bytes.set(values, this.#length)
    this.#length += values.length
  }

  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Texts where they stand in bytes: a few hundred thousand of them need no strings. */
export interface TextRuns {
  readonly bytes: Uint8Array
  readonly begins: Uint32Array
  readonly lengths: Uint32Array
}

/** Reads what {@link ColumnWriter} wrote, in the same order. */
export class ColumnReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  number(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.#bytes[this.#at++] as number
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
      unit *= 0x80
    }
  }

  column<Column extends Uint8Array | Uint32Array | Float64Array>(
    make: new (length: number) => Column,
  ): Column {
    const column = new make(this.number())
    let before = 0
    for (let index = 0; index < column.length; index++) {
      const step = this.number()
      before += step % 2 === 1 ? -(step + 1) / 2 : step / 2
      column[index] = before
    }
    return column
  }

  texts(): TextRuns {
    const count = this.number()
    const begins = new Uint32Array(count)
    const lengths = new Uint32Array(count)
    const start = this.#at
    let total = 0
    for (let index = 0; index < count; index++) {
      const shared = this.number()
      const rest = this.number()
      begins[index] = total
      lengths[index] = shared + rest
      total += shared + rest
      this.#at += rest
    }
    this.#at = start
    const bytes = new Uint8Array(total)
    for (let index = 0; index < count; index++) {
      const shared = this.number()
      const rest = this.number()
      const begin = begins[index] as number
      const before = index === 0 ? 0 : (begins[index - 1] as number)
      for (let at = 0; at < shared; at++) bytes[begin + at] = bytes[before + at] as number
      for (let at = 0; at < rest; at++) bytes[begin + shared + at] = this.#bytes[this.#at + at] as number
      this.#at += rest
    }
    return { bytes, begins, lengths }
  }

  bytes(): Uint8Array {
    const length = this.number()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
