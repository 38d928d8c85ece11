import { SdinspectError } from '../errors.ts'
import { checkRange } from './memory.ts'
import type { ByteSource } from './source.ts'

/** A source over a browser's `Blob` or `File`: only the ranges asked for are read from disk. */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : '(blob)'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(name, blob.size, offset, length)
      const bytes = await bytesOf(blob.slice(offset, offset + length), name)
      if (bytes.length === length) return bytes
      throw new SdinspectError(
        'source/short-read',
        `${bytes.length} bytes arrived of the ${length} asked for at ${offset}`,
        { file: name, offset },
      )
    },
  }
}

async function bytesOf(blob: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch (error) {
    // A browser rejects with NotReadableError when the file was changed or moved after it was chosen.
    throw new SdinspectError('source/changed', 'the file cannot be read any more', {
      file: name,
      hint: 'it was probably changed or moved after it was chosen: choose it again',
      cause: error,
    })
  }
}
