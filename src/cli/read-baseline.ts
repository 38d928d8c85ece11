import { readFile } from 'node:fs/promises'
import { parseBaseline } from '../check/parse-baseline.ts'
import { SdinspectError } from '../errors.ts'

/**
 * The fingerprints of the findings in a JSON report of `check`.
 *
 * @throws SdinspectError `usage/arguments` when it is none
 */
export async function readBaseline(path: string): Promise<readonly string[]> {
  const refuse = (why: string, cause?: unknown): SdinspectError =>
    new SdinspectError('usage/arguments', `--baseline ${path} ${why}`, {
      hint: 'write it with: sdinspect check --json -o FILE',
      cause,
    })
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw refuse('cannot be read', error)
  }
  const found = parseBaseline(text)
  if (typeof found === 'string') throw refuse(found)
  return found
}
