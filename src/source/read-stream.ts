import { SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { chunksUntilAborted } from './abort.ts'

/**
 * All bytes of a stream, such as standard input. It is left as soon as it has brought more than the limit, so
 * an endless one ends too.
 *
 * @throws SdinspectError `limit/exceeded` (`stdinBytes`); the signal's reason
 */
export async function readStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  limits: Limits,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunksUntilAborted(stream, signal)) {
    size += chunk.length
    if (size > limits.stdinBytes) {
      throw new SdinspectError(
        'limit/exceeded',
        `the stream brought more than ${limits.stdinBytes} bytes, over the limit stdinBytes=${limits.stdinBytes}`,
        { file: name, hint: 'save it to a file: only what is needed of a file is read' },
      )
    }
    chunks.push(chunk)
  }
  if (chunks.length === 1) return chunks[0] as Uint8Array
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
