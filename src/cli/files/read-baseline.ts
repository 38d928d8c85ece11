import { parseBaseline } from '../../check/findings/parse-baseline.ts'
import { SdinspectError } from '../../errors.ts'
import { sideText } from './side-text.ts'

/** A report of a million findings is half of it. */
const mostBytes = 500_000_000

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
  const read = await sideText(path, mostBytes)
  if (!('text' in read)) throw refuse(`cannot be read: ${read.why}`, read.cause)
  const found = parseBaseline(read.text)
  if (typeof found === 'string') throw refuse(found)
  return found
}
