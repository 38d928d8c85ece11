/** Why a text is no baseline: what `parseBaseline` gives in place of fingerprints. */
export type NoBaseline =
  | 'is no JSON'
  | 'is no report of check'
  | 'is a report of another version of its schema'

/** The fingerprints of the findings in the text of a JSON report of `check`; what it is instead where it is none. */
export function parseBaseline(text: string): readonly string[] | NoBaseline {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return 'is no JSON'
    throw error
  }
  const { command, findings, schemaVersion } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (command !== 'check' || !Array.isArray(findings)) return 'is no report of check'
  if (schemaVersion !== 1) return 'is a report of another version of its schema'
  return findings.flatMap((finding: { fingerprint?: unknown } | null) =>
    typeof finding?.fingerprint === 'string' ? [finding.fingerprint] : [],
  )
}
