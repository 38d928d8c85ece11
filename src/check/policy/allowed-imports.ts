import { quoted, SdinspectError } from '../../errors.ts'
import { defaultLimits } from '../../limits.ts'
import type { Matcher } from '../../model/names/pattern.ts'
import type { CheckFinding } from '../findings/check-finding.ts'
import { compilePathPattern } from './path-pattern.ts'
import { PatternSteps } from './pattern-steps.ts'
import type { PolicyDocument } from './policy.ts'

const rule = 'security/pickle-globals'

interface Allowed {
  readonly names: readonly Matcher[]
  readonly reason: string
  isAbout(paths: readonly string[]): boolean
}

/** What a policy allows pickles to import: by name, so that a new danger is never one that is known. */
export class AllowedImports {
  readonly #all: readonly Allowed[]

  /** @throws SdinspectError `usage/pattern`, `usage/policy` for a name that fits everything */
  constructor({ policy, placeOf }: PolicyDocument, steps = new PatternSteps(defaultLimits)) {
    this.#all = (policy.imports ?? []).map(({ names, files, reason }, index) => {
      const fits = files?.map(compilePathPattern)
      return {
        names: names.map((name, i) => {
          if (/^[\w]/.test(name)) return steps.compile(name)
          const { file, line, column } = placeOf(['imports', index, 'names', i])
          throw new SdinspectError(
            'usage/policy',
            `${file}:${line}:${column ?? 1}: ${quoted(name)} begins with no name of a package`,
            { hint: 'write the package out: ultralytics.nn.**' },
          )
        }),
        reason,
        isAbout: (paths) => fits === undefined || fits.some((matches) => paths.some(matches)),
      }
    })
  }

  /** The findings of one checkpoint, those about nothing but allowed imports marked. */
  apply(findings: readonly CheckFinding[], paths: readonly string[]): readonly CheckFinding[] {
    const about = this.#all.filter((one) => one.isAbout(paths))
    if (about.length === 0) return findings
    return findings.map((finding) => {
      const names = finding.rule === rule ? namesOf(finding) : []
      const reasons = names.map((name) => about.find((one) => one.names.some((fits) => fits(name)))?.reason)
      const [reason] = reasons
      if (reason === undefined || reasons.includes(undefined) || finding.suppressed !== null) return finding
      return { ...finding, suppressed: { by: 'policy', reason } }
    })
  }
}

/** What a finding says is imported. */
function namesOf({ args }: CheckFinding): readonly string[] {
  if (typeof args.name === 'string') return [args.name]
  return Array.isArray(args.names) ? args.names : []
}
