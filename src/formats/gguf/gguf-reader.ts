import { SdinspectError } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import { ForwardReader } from '../forward-reader.ts'

/** Reads the numbers and strings of a GGUF file from front to back. */
export class GgufReader extends ForwardReader {
  isLittleEndian = true
  /** The last boolean that was read was neither 0 nor 1. */
  wasOddBoolean = false

  boolean(): boolean {
    const byte = this.u8()
    this.wasOddBoolean = byte > 1
    return byte !== 0
  }
  i8(): number {
    return this.view.getInt8(this.take(1))
  }
  u16(): number {
    return this.view.getUint16(this.take(2), this.isLittleEndian)
  }
  i16(): number {
    return this.view.getInt16(this.take(2), this.isLittleEndian)
  }
  u32(): number {
    return this.view.getUint32(this.take(4), this.isLittleEndian)
  }
  i32(): number {
    return this.view.getInt32(this.take(4), this.isLittleEndian)
  }
  f32(): number {
    return this.view.getFloat32(this.take(4), this.isLittleEndian)
  }
  f64(): number {
    return this.view.getFloat64(this.take(8), this.isLittleEndian)
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8), this.isLittleEndian)
  }
  i64(): bigint {
    return this.view.getBigInt64(this.take(8), this.isLittleEndian)
  }

  /** A length of 64 bits that must lie within the file. */
  length(what: string): number {
    const offset = this.position
    const length = this.u64()
    if (length > BigInt(this.left))
      throw new SdinspectError(
        'format/truncated',
        `${what} is ${length} bytes long, and the file has ${this.left} left`,
        { offset },
      )
    return Number(length)
  }

  /** A string with its length before it. */
  async string(what: string, limit: 'nameBytes' | 'ggufStringBytes'): Promise<string> {
    await this.ready(8, what)
    const offset = this.position
    const length = this.length(what)
    withinLimit(this.limits, limit, length, `the bytes of ${what}`, offset)
    await this.ready(length, what)
    return this.text(length)
  }
}
