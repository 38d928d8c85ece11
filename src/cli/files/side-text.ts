import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * The text of a policy, a lock or a baseline: of a regular file of at most `most` bytes. A pipe or a device is not
 * waited for.
 *
 * @returns the text, or why there is none, in a phrase
 */
export async function sideText(
  path: string,
  most: number,
): Promise<
  { readonly text: string } | { readonly why: string; readonly code: string; readonly cause?: unknown }
> {
  try {
    // Opening a pipe would wait for somebody to write to it.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const found = await file.stat()
      if (!found.isFile())
        return { why: found.isDirectory() ? 'it is a folder' : 'it is no regular file', code: 'EINVAL' }
      if (found.size > most)
        return { why: `it has ${found.size} bytes, at most ${most} are read`, code: 'EFBIG' }
      return { text: await file.readFile('utf8') }
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    return { why: code === 'ENOENT' ? 'there is no such file' : code, code, cause: error }
  }
}
