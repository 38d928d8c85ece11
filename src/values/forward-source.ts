import { SdinspectError } from '../errors.ts'
import { checkRange } from '../source/memory.ts'
import type { ByteSource } from '../source/source.ts'

/**
 * What a decoder gives, as a source. It can only be gone through from its start, so a read of what is behind
 * begins anew; reads that go forward cost one pass in all. Holds one piece at a time.
 *
 * @param size of everything the decoder gives, in bytes
 * @param decode starts a pass; a piece is used before the next is asked for
 */
export function forwardSource(
  name: string,
  size: number,
  decode: () => AsyncGenerator<Uint8Array>,
): ByteSource {
  const pass = new Pass(name, size, decode)
  let turn: Promise<unknown> = Promise.resolve()
  return {
    name,
    size,
    read(offset, length) {
      // One after the other: they share the pass.
      const read = turn.then(() => pass.read(offset, length))
      turn = read.catch(() => undefined)
      return read
    },
  }
}

class Pass {
  private pieces: AsyncGenerator<Uint8Array> | undefined
  private piece: Uint8Array = new Uint8Array()
  /** Of the piece, in what the decoder gives. */
  private begin = 0
  private readonly name: string
  private readonly size: number
  private readonly decode: () => AsyncGenerator<Uint8Array>

  constructor(name: string, size: number, decode: () => AsyncGenerator<Uint8Array>) {
    this.name = name
    this.size = size
    this.decode = decode
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this.name, this.size, offset, length)
    if (this.pieces === undefined || offset < this.begin) await this.restart()
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const at = offset + done - this.begin
      if (at >= this.piece.length) {
        await this.next()
        continue
      }
      const part = this.piece.subarray(at, at + length - done)
      bytes.set(part, done)
      done += part.length
    }
    // What a decoder knows only at its end, such as a stream that gives too much, counts for the last bytes.
    if (offset + length === this.size) await this.finish()
    return bytes
  }

  private async restart(): Promise<void> {
    await this.pieces?.return(undefined)
    this.pieces = this.decode()
    this.piece = new Uint8Array()
    this.begin = 0
  }

  private async next(): Promise<void> {
    const next = await this.step()
    if (next === undefined) throw this.wrongSize(this.begin + this.piece.length)
    this.begin += this.piece.length
    this.piece = next
  }

  private async finish(): Promise<void> {
    if (this.begin + this.piece.length > this.size) throw this.wrongSize(this.begin + this.piece.length)
    // The piece is kept: the last bytes may be asked for again.
    const kept = new Uint8Array(this.piece)
    const next = await this.step()
    if (next !== undefined) throw this.wrongSize(this.size + next.length)
    this.piece = kept
  }

  private async step(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await (this.pieces as AsyncGenerator<Uint8Array>).next()
      return done ? undefined : value
    } catch (error) {
      // A generator that threw is over: the next read starts a new one, and gets the same error.
      this.pieces = undefined
      throw error
    }
  }

  private wrongSize(size: number): SdinspectError {
    return new SdinspectError(
      'format/malformed',
      `the values decode to ${size} bytes${size > this.size ? ' or more' : ''}, and ${this.size} were announced`,
      { file: this.name },
    )
  }
}
