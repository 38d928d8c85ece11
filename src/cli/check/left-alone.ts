import type { LeftAlone } from '../../check/check-report.ts'
import { type CheckedCheckpoint, notRead } from '../../check/run.ts'
import type { LeftAlone as Left } from '../../node.ts'

/** What a walk did not look into, each place with its reason once. */
export class LeftAlonePlaces {
  private readonly seen = new Set<string>()
  private readonly left: LeftAlone[] = []
  /** What should have been looked into, and was not: no verdict is possible on it. */
  readonly passedOver: CheckedCheckpoint[] = []

  readonly add = ({ path, why, isPassedOver }: Left): void => {
    const key = `${why}\0${path}`
    if (isPassedOver) this.passedOver.push(notRead(path, why))
    else if (!this.seen.has(key)) this.left.push({ path, why })
    this.seen.add(key)
  }

  /** What was left alone indeed: not what was read beside the weights of some checkpoint. */
  without(filesRead: ReadonlySet<string>): readonly LeftAlone[] {
    return this.left.filter(({ path }) => !filesRead.has(path))
  }

  get paths(): readonly string[] {
    return this.left.map(({ path }) => path)
  }
}
