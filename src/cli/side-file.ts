import { isSdinspectError, SdinspectError } from '../errors.ts'
import type { Output } from './output.ts'

/**
 * Writes a file beside the answer, whole or not at all.
 *
 * @param what how errors call it: `--rename-map`, `the lock`
 * @param inputs files that it must not replace
 * @throws SdinspectError `usage/arguments`, `source/io`
 */
export async function writeSideFile(
  what: string,
  path: string,
  inputs: readonly string[],
  { look }: Pick<Output, 'look'>,
  pieces: Iterable<string>,
): Promise<void> {
  const { fileOutput } = await import('./file-output.ts')
  try {
    await fileOutput(path, inputs, look, async (file) => {
      await file.write(pieces)
      return 0
    })
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    const message = error.message.replace(/^--output(?= )/, what)
    throw new SdinspectError(error.code, message, { cause: error.cause, hint: error.hint })
  }
}
