import { readFile } from 'node:fs/promises'
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
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw refuse(error instanceof SyntaxError ? 'is no JSON' : 'cannot be read', error)
  }
  const { command, findings } = (value ?? {}) as { command?: unknown; findings?: unknown }
  if (command !== 'check' || !Array.isArray(findings)) throw refuse('is no report of check')
  return findings.flatMap((finding: { fingerprint?: unknown } | null) =>
    typeof finding?.fingerprint === 'string' ? [finding.fingerprint] : [],
  )
}
