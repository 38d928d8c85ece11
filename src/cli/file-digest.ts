import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { SdinspectError } from '../errors.ts'

/** The SHA-256 of a file, in hexadecimal. @throws SdinspectError `source/io` */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  } catch (error) {
    throw new SdinspectError('source/io', `the SHA-256 cannot be computed: ${(error as Error).message}`, {
      file: path,
      cause: error,
    })
  }
  return hash.digest('hex')
}
