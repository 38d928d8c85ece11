import { SdinspectError } from '../../errors.ts'
import type { RuleLevel } from '../../findings/entry.ts'
import { finding } from '../../findings/finding.ts'
import { defaultLimits } from '../../limits.ts'
import type { Finding, TextPlace } from '../../model/finding.ts'
import { anyPattern } from '../../model/names/pattern.ts'
import { measuresOf, ruleById } from '../all-rules.ts'
import type { CheckFinding } from '../findings/check-finding.ts'
import { fingerprintOf } from '../findings/fingerprint.ts'
import { tellingFacts } from '../findings/telling-facts.ts'
import { acceptedByName, isDanger } from './accepted-dangers.ts'
import { compilePathPattern } from './path-pattern.ts'
import { PatternSteps } from './pattern-steps.ts'
import type { PolicyDocument, PolicySuppression } from './policy.ts'

interface Suppression {
  readonly said: PolicySuppression
  readonly at: TextPlace
  readonly expired: boolean
  /** Whether it is about a checkpoint. */
  isAbout(paths: readonly string[]): boolean
  fits(finding: CheckFinding): boolean
}

/**
 * The suppressions of a policy over a run: which findings they silence, and which of them have outlived their
 * use.
 */
export class Suppressions {
  readonly #all: readonly Suppression[]
  readonly #used = new Set<Suppression>()
  /** Those whose `files` fit a checkpoint of this run: of the others nothing can be said. */
  readonly #about = new Set<Suppression>()

  /**
   * @param today the current day, as `2027-06-30`
   * @throws SdinspectError `usage/pattern`
   */
  constructor({ policy, placeOf }: PolicyDocument, today: string, steps = new PatternSteps(defaultLimits)) {
    this.#all = (policy.suppress ?? []).map((said, index) => {
      refuseDangers(said, placeOf(['suppress', index, 'rule']))
      const tensors =
        said.tensors === undefined ? null : anyPattern(said.tensors, (pattern) => steps.compile(pattern))
      const files = said.files?.map(compilePathPattern)
      return {
        said,
        at: placeOf(['suppress', index]),
        expired: said.expires !== undefined && said.expires < today,
        isAbout: (paths) => files === undefined || files.some((fits) => paths.some(fits)),
        fits: ({ rule, tensor }) =>
          rule === said.rule && (tensors === null || (tensor !== null && tensors(tensor))),
      }
    })
  }

  /** The findings of one checkpoint, those that are suppressed marked. `paths`: as the policy's patterns see it. */
  apply(findings: readonly CheckFinding[], paths: readonly string[]): readonly CheckFinding[] {
    const about = this.#all.filter((suppression) => suppression.isAbout(paths))
    for (const suppression of about) this.#about.add(suppression)
    return findings.map((finding) => {
      const by = about.find((suppression) => !suppression.expired && suppression.fits(finding))
      if (by === undefined) return finding
      this.#used.add(by)
      return { ...finding, suppressed: { by: 'policy', reason: by.said.reason } }
    })
  }

  /** What is to be said of the suppressions themselves, once all checkpoints are checked. */
  findings(levels: ReadonlyMap<string, RuleLevel>): readonly CheckFinding[] {
    return this.#all.flatMap((suppression) => {
      const { said, at, expired } = suppression
      const args = { suppressed: said.rule, reason: said.reason }
      if (expired)
        return complete(
          finding('policy/expired-suppression', { ...args, expires: said.expires ?? '' }, { at }),
          at,
          levels,
        )
      if (this.#used.has(suppression) || !this.#about.has(suppression)) return []
      return complete(finding('policy/unused-suppression', args, { at }), at, levels)
    })
  }
}

/** Whatever a pickle may import tomorrow is not known today: what is accepted is named. */
function refuseDangers({ rule }: PolicySuppression, { file, line, column }: TextPlace): void {
  if (!isDanger(rule)) return
  throw new SdinspectError(
    'usage/policy',
    `${file}:${line}:${column ?? 1}: ${rule} cannot be suppressed: it would hide whatever a pickle imports next`,
    { hint: acceptedByName },
  )
}

function complete(
  { rule, level: own, message, args = {} }: Finding,
  at: TextPlace,
  levels: ReadonlyMap<string, RuleLevel>,
): readonly CheckFinding[] {
  const level = levels.get(rule) ?? own
  if (level === 'off') return []
  return [
    {
      rule,
      level,
      message,
      path: at.file,
      file: at.file,
      line: at.line,
      column: at.column ?? null,
      tensor: null,
      key: null,
      args,
      fix: ruleById.get(rule)?.fix ?? null,
      fingerprint: fingerprintOf([rule, at.file, ...tellingFacts(args, measuresOf(rule))]),
      suppressed: null,
    },
  ]
}
