import type { CheckFinding } from './check-finding.ts'
import { isOfUnread } from './unread.ts'

/** Findings of an earlier run: they are known, and only new ones count. Dangers and what could not be read always do. */
export class Baseline {
  readonly #known: ReadonlySet<string>
  readonly #seen = new Set<string>()

  constructor(fingerprints: Iterable<string>) {
    this.#known = new Set(fingerprints)
  }

  apply(findings: readonly CheckFinding[]): readonly CheckFinding[] {
    return findings.map((finding) => {
      if (finding.suppressed !== null || !this.#known.has(finding.fingerprint)) return finding
      this.#seen.add(finding.fingerprint)
      // Whoever wrote the baseline may not have looked at these: a policy allows imports by name.
      if (isOfUnread(finding.rule) || finding.rule.startsWith('security/')) return finding
      return { ...finding, suppressed: { by: 'baseline', reason: 'known from an earlier run' } }
    })
  }

  /** How many of the known findings were not found again. */
  get gone(): number {
    return this.#known.size - this.#seen.size
  }
}
