import { SdinspectError } from '../errors.ts'
import { withinLimit } from '../limits.ts'
import { ForwardReader } from './forward-reader.ts'

// https://protobuf.dev/programming-guides/encoding: a message is fields, each a tag (number << 3 | wire type) and a payload.

/** One field of a message. What its payload is, is for whoever knows its number to say. */
export interface Field {
  readonly number: number
  /** 0 a varint, 1 eight bytes, 2 a length and as many bytes, 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5
  /** Of the tag, in bytes from the start of the file. */
  readonly offset: number
  /** Of a payload of bytes: how many. The reader stands at the first. */
  readonly length: number
  /** Of a varint or of fixed bytes, modulo 2^64. */
  readonly value: bigint
}

const mostDepth = 64
const varintBytes = 10

/** Walks the fields of nested messages from front to back; what nobody reads of a field is passed over. */
export class ProtobufReader extends ForwardReader {
  #depth = 0

  /**
   * Calls `visit` for each field of the message that ends at `end`. `visit` reads as much of the payload as it wants.
   *
   * @throws SdinspectError `format/malformed`, `format/truncated`
   */
  async message(what: string, end: number, visit: (field: Field) => Promise<void> | void): Promise<void> {
    if (++this.#depth > mostDepth)
      throw this.malformed(`${what} is inside more than ${mostDepth} other messages`, this.position)
    while (this.position < end) {
      const field = await this.#field(what, end)
      const after = this.position + field.length
      const done = visit(field)
      if (done !== undefined) await done
      if (this.position > after)
        throw this.malformed(`${what} has a field that ends inside another`, field.offset)
      if (this.position < after) this.pass(after - this.position)
    }
    this.#depth--
  }

  async #field(what: string, end: number): Promise<Field> {
    const offset = this.position
    const tag = await this.varint(what)
    const wire = Number(tag & 7n)
    const number = Number(tag >> 3n)
    if (number === 0 || number > 0x1fff_ffff)
      throw this.malformed(`${what} has the field number ${number}`, offset)
    switch (wire) {
      case 0:
        return { number, wire, offset, length: 0, value: await this.varint(what) }
      case 1:
      case 5: {
        const bytes = wire === 1 ? 8 : 4
        await this.ready(bytes, what)
        const at = this.take(bytes)
        const value = wire === 1 ? this.view.getBigUint64(at, true) : BigInt(this.view.getUint32(at, true))
        return { number, wire, offset, length: 0, value }
      }
      case 2: {
        const length = await this.varint(what)
        if (length > BigInt(end - this.position)) {
          const isCut = length > BigInt(this.left)
          throw new SdinspectError(
            isCut ? 'format/truncated' : 'format/malformed',
            `${what} has a field of ${length} bytes, and ${isCut ? `the file has ${this.left}` : `its message ${end - this.position}`} left`,
            { offset },
          )
        }
        return { number, wire, offset, length: Number(length), value: 0n }
      }
      default:
        throw this.malformed(`${what} has a field of the wire type ${wire}, which nothing writes`, offset)
    }
  }

  /** An integer of at most ten bytes, modulo 2^64. */
  async varint(what: string): Promise<bigint> {
    await this.readyUpTo(varintBytes)
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (!this.has(1)) throw this.truncated(what, 1)
      const byte = this.u8()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw this.malformed(`${what} has a number of more than ten bytes`, this.position)
  }

  /** The payload of a field as text. */
  async string(field: Field, what: string): Promise<string> {
    withinLimit(this.limits, 'nameBytes', field.length, `the bytes of ${what}`, field.offset)
    await this.ready(field.length, what)
    return this.text(field.length)
  }

  /** Integers of a repeated field, one of them or packed, of which at most `most` are kept. */
  async integers(field: Field, what: string, into: bigint[], most: number): Promise<void> {
    if (field.wire === 0) into.push(field.value)
    else if (field.wire === 2) {
      const end = this.position + field.length
      while (this.position < end && into.length <= most) into.push(await this.varint(what))
    }
    if (into.length > most) throw this.malformed(`${what} has more than ${most} numbers`, field.offset)
  }
}
