import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { AllowedImports } from '../../check/policy/allowed-imports.ts'
import { type CompiledPolicy, compilePolicy, type Held } from '../../check/policy/compile-policy.ts'
import { type LeftOut, leftOutBy } from '../../check/policy/left-out.ts'
import { PatternSteps } from '../../check/policy/pattern-steps.ts'
import { Suppressions } from '../../check/policy/suppressions.ts'
import { SdinspectError } from '../../errors.ts'
import type { RuleLevel } from '../../findings/entry.ts'
import { defaultLimits } from '../../limits.ts'
import type { CheckpointFile } from '../../model/checkpoint.ts'
import { readLevels } from '../arguments/rule-levels.ts'
import {
  namesInPolicy,
  type PolicyFile,
  pathFromPolicy,
  pathsInPolicy,
  readPolicy,
} from '../files/policy-file.ts'
import type { CheckCallOptions } from './call.ts'

/** A policy of which each part is ready to be asked. */
interface ReadyPolicy {
  readonly file: PolicyFile
  readonly compiled: CompiledPolicy
  readonly suppressions: Suppressions
  readonly imports: AllowedImports
  readonly leftOut: LeftOut
}

/** What a run of `check` goes by: the policy, where there is one, and the levels that its flags ask for. */
export class Agreement {
  private readonly policy: ReadyPolicy | null
  private readonly asked: ReadonlyMap<string, RuleLevel>

  private constructor(policy: ReadyPolicy | null, asked: ReadonlyMap<string, RuleLevel>) {
    this.policy = policy
    this.asked = asked
  }

  /**
   * @param today the current day, as `2027-06-30`: suppressions expire
   * @throws SdinspectError `usage/policy`, `usage/arguments` for levels that there are not
   */
  static async of(
    { rules, config, limits }: Pick<CheckCallOptions, 'rules' | 'config' | 'limits'>,
    today: string,
  ): Promise<Agreement> {
    const asked = await readLevels(rules)
    const file = await readPolicy(config)
    if (file === null) return new Agreement(null, asked)
    const { document } = file
    const steps = new PatternSteps({ ...defaultLimits, ...limits })
    const policy = {
      file,
      compiled: compilePolicy(document, steps),
      suppressions: new Suppressions(document, today, steps),
      imports: new AllowedImports(document, steps),
      leftOut: leftOutBy(document),
    }
    return new Agreement(policy, asked)
  }

  /** The policy's path as people are told it; null without one. */
  get shownFile(): string | null {
    return this.policy?.file.document.file ?? null
  }

  /** Whether small values are looked at, where the policy says. */
  get smallValues(): 'auto' | 'always' | 'never' | undefined {
    return this.policy?.file.document.policy.smallValues
  }

  /** The policy, and those it extends. */
  get files(): readonly string[] {
    return this.policy?.file.files ?? []
  }

  /**
   * The paths to check: those of the call, else those of the policy.
   *
   * @throws SdinspectError `usage/arguments` where nobody names any, and nothing is not allowed
   */
  pathsFor(operands: readonly string[], allowEmpty: boolean): readonly string[] {
    if (operands.length > 0) return operands
    const { policy } = this
    const paths = policy?.file.document.policy.paths ?? []
    if (policy !== null && paths.length > 0) return paths.map((path) => pathFromPolicy(policy.file, path))
    if (allowEmpty) return []
    throw new SdinspectError('usage/arguments', 'there is nothing to check: no path was given', {
      hint:
        policy === null
          ? 'give a file or a folder'
          : 'give a file or a folder, or say paths: [...] in the policy',
    })
  }

  /** Why a path is to be left alone; null where it is not. */
  leavesOut(path: string): string | null {
    if (this.policy === null) return null
    const { file, leftOut } = this.policy
    return (
      namesInPolicy(file, path)
        .map(leftOut)
        .find((why) => why !== null) ?? null
    )
  }

  /** What the patterns of the policy are held against: a checkpoint's path, and its files'. */
  namesOf(path: string, files: readonly CheckpointFile[]): readonly string[] {
    return this.policy === null ? [path] : pathsInPolicy(this.policy.file, path, files)
  }

  /** What the policy holds a checkpoint to, by its names; null without one. */
  heldTo(names: readonly string[]): Held | null {
    return this.policy?.compiled.expectedOf(names) ?? null
  }

  /** A path that the policy names, as a command line in the current folder would name it. */
  pathOf(named: string): string {
    return this.policy === null ? named : pathFromPolicy(this.policy.file, named)
  }

  /** Levels of the rules for a checkpoint by what it is held to: flags go before the policy. */
  levelsOf(held: Held | null): ReadonlyMap<string, RuleLevel> {
    return held === null ? this.asked : new Map([...held.levels, ...this.asked])
  }

  /** Levels of the rules for paths of which nothing else is known. */
  levelsFor(paths: readonly string[]): ReadonlyMap<string, RuleLevel> {
    if (this.policy === null) return this.asked
    const { file } = this.policy
    return this.levelsOf(this.heldTo(paths.flatMap((path) => namesInPolicy(file, path))))
  }

  /** Findings with those marked that the policy allows, by the names of the checkpoint they are of. */
  allowed(findings: readonly CheckFinding[], names: readonly string[]): readonly CheckFinding[] {
    if (this.policy === null) return findings
    const { suppressions, imports } = this.policy
    return suppressions.apply(imports.apply(findings, names), names)
  }

  /** What is to be said of the policy itself, once everything was checked. */
  ownFindings(): readonly CheckFinding[] {
    return this.policy?.suppressions.findings(this.levelsFor([])) ?? []
  }
}
