import type { Output } from '../output/output.ts'

/**
 * Writes a file beside the answer, whole or not at all.
 *
 * @param by how errors call it: `--rename-map`, `the lock`
 * @param inputs files that it must not replace
 * @throws SdinspectError `usage/arguments`, `source/io`
 */
export async function writeSideFile(
  by: string,
  path: string,
  inputs: readonly string[],
  { look }: Pick<Output, 'look'>,
  pieces: Iterable<string>,
): Promise<void> {
  const { fileOutput } = await import('../output/file-output.ts')
  await fileOutput({ by, path }, inputs, look, async (file) => {
    await file.write(pieces)
    return 0
  })
}
