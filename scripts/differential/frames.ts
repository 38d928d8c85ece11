import type { Readable } from 'node:stream'

/** The answers of a reference, frame by frame: each a length of four bytes, little-endian, and its text. */
export async function* frames(stream: Readable): AsyncGenerator<string> {
  let pending = Buffer.alloc(0)
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk as Buffer])
    let at = 0
    while (pending.length - at >= 4) {
      const end = at + 4 + pending.readUInt32LE(at)
      if (end > pending.length) break
      yield pending.toString('utf8', at + 4, end)
      at = end
    }
    pending = pending.subarray(at)
  }
}
