import { readFile, stat } from 'node:fs/promises'
import { quoted, SdinspectError } from '../../errors.ts'
import { defaultLimits, type Limits, withinLimit } from '../../limits.ts'
import { systemError } from '../../source/system-error.ts'

export interface WrittenDigest {
  readonly path: string
  /** In hexadecimal. */
  readonly digest: string
}

/**
 * The digests that a file states, a line each as sha256sum writes them: the digest, two spaces, a path.
 *
 * @throws SdinspectError `usage/arguments` with the line that is none, `source/*`, `limit/exceeded`
 */
export async function writtenDigests(
  file: string,
  changed: Partial<Limits>,
): Promise<readonly WrittenDigest[]> {
  const text = await textOf(file, { ...defaultLimits, ...changed })
  const digests: WrittenDigest[] = []
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const [, digest, path] = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line) ?? []
    if (digest === undefined || path === undefined)
      throw new SdinspectError('usage/arguments', `line ${i + 1} is no digest and path${shownLine(line)}`, {
        file,
        hint: 'it is to be a list as sdinspect digest writes it: 64 digits, two spaces, a path',
      })
    digests.push({ digest: digest.toLowerCase(), path })
  })
  if (digests.length === 0)
    throw new SdinspectError('usage/arguments', 'there is no digest in the file', { file })
  return digests
}

/** What stands in a line, where it is text and not a model. */
function shownLine(line: string): string {
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(line) ? '' : `: ${quoted(line)}`
}

async function textOf(file: string, limits: Limits): Promise<string> {
  try {
    withinLimit(limits, 'lockBytes', (await stat(file)).size, `the size of ${quoted(file)}`)
    return await readFile(file, 'utf8')
  } catch (error) {
    throw systemError(error, file)
  }
}
