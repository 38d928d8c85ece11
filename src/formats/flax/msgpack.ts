import { withinLimit } from '../../limits.ts'
import type { Plain } from '../../model/checkpoint.ts'
import { ForwardReader } from '../forward-reader.ts'

// https://github.com/msgpack/msgpack/blob/master/spec.md: a value is a byte that tells its type, and what follows.

/** What the first byte of a value tells. Containers and bytes still stand before the reader. */
export type Token =
  | { readonly kind: 'map' | 'array'; readonly count: number }
  | { readonly kind: 'text' | 'bytes'; readonly length: number }
  | { readonly kind: 'extension'; readonly length: number; readonly type: number }
  | { readonly kind: 'value'; readonly value: Plain }

/** Reads msgpack from front to back, a token at a time. */
export class MsgpackReader extends ForwardReader {
  /** @throws SdinspectError `format/malformed`, `format/truncated` */
  async token(what: string): Promise<Token> {
    const offset = this.position
    await this.ready(1, what)
    const byte = this.u8()
    if (byte < 0x80) return { kind: 'value', value: byte }
    if (byte < 0x90) return { kind: 'map', count: byte & 0x0f }
    if (byte < 0xa0) return { kind: 'array', count: byte & 0x0f }
    if (byte < 0xc0) return { kind: 'text', length: byte & 0x1f }
    if (byte >= 0xe0) return { kind: 'value', value: byte - 256 }
    const known = this.#long(byte, what)
    if (known === undefined)
      throw this.malformed(
        `${what} begins with the byte 0x${byte.toString(16)}, which msgpack does not have`,
        offset,
      )
    return known
  }

  #long(byte: number, what: string): Promise<Token> | Token | undefined {
    const sized = (bytes: number) => this.#unsigned(bytes, what)
    switch (byte) {
      case 0xc0:
        return { kind: 'value', value: null }
      case 0xc2:
      case 0xc3:
        return { kind: 'value', value: byte === 0xc3 }
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return sized(1 << (byte - 0xc4)).then((length) => ({ kind: 'bytes', length }))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return sized(1 << (byte - 0xc7)).then((length) => this.#extension(length, what))
      case 0xca:
      case 0xcb:
        return this.#float(byte === 0xca ? 4 : 8, what)
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#integer(1 << (byte - 0xcc), false, what)
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#integer(1 << (byte - 0xd0), true, what)
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (byte - 0xd4), what)
      case 0xd9:
      case 0xda:
      case 0xdb:
        return sized(1 << (byte - 0xd9)).then((length) => ({ kind: 'text', length }))
      case 0xdc:
      case 0xdd:
        return sized(byte === 0xdc ? 2 : 4).then((count) => ({ kind: 'array', count }))
      case 0xde:
      case 0xdf:
        return sized(byte === 0xde ? 2 : 4).then((count) => ({ kind: 'map', count }))
      default:
        return undefined
    }
  }

  /** A text that is a name. */
  async name(length: number, what: string): Promise<string> {
    withinLimit(this.limits, 'nameBytes', length, `the bytes of ${what}`, this.position)
    await this.ready(length, what)
    return this.text(length)
  }

  async #unsigned(bytes: number, what: string): Promise<number> {
    await this.ready(bytes, what)
    const at = this.take(bytes)
    return bytes === 1
      ? this.view.getUint8(at)
      : bytes === 2
        ? this.view.getUint16(at)
        : this.view.getUint32(at)
  }

  async #extension(length: number, what: string): Promise<Token> {
    await this.ready(1, what)
    return { kind: 'extension', length, type: this.view.getInt8(this.take(1)) }
  }

  async #float(bytes: 4 | 8, what: string): Promise<Token> {
    await this.ready(bytes, what)
    const at = this.take(bytes)
    return { kind: 'value', value: bytes === 4 ? this.view.getFloat32(at) : this.view.getFloat64(at) }
  }

  async #integer(bytes: number, isSigned: boolean, what: string): Promise<Token> {
    await this.ready(bytes, what)
    const at = this.take(bytes)
    const wide = bytes === 8 ? (isSigned ? this.view.getBigInt64(at) : this.view.getBigUint64(at)) : 0n
    if (bytes === 8) return { kind: 'value', value: Number.isSafeInteger(Number(wide)) ? Number(wide) : wide }
    if (bytes === 1)
      return { kind: 'value', value: isSigned ? this.view.getInt8(at) : this.view.getUint8(at) }
    if (bytes === 2)
      return { kind: 'value', value: isSigned ? this.view.getInt16(at) : this.view.getUint16(at) }
    return { kind: 'value', value: isSigned ? this.view.getInt32(at) : this.view.getUint32(at) }
  }
}
