import { finding } from '../findings/finding.ts'
import type { Finding } from '../model/finding.ts'

// ICU sorts runs of combining marks by insertion, so a long name made of them takes quadratic time.
const longestNormalised = 1_000

// Made when there is a name to look at: expressions with classes of Unicode take time to make.
const hasControl = (name: string) => /\p{Cc}/u.test(name)
/** Bidirectional controls, zero width characters, line separators, tags: what makes two names look alike. */
const hasInvisible = (name: string) => /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(name)

/** Looks at the names that are not plain ASCII, one finding for each thing that may mislead a reader. */
export class NameCheck {
  private readonly names: string[] = []

  /** @param name with something other than printable ASCII in it, or empty */
  add(name: string): void {
    this.names.push(name)
  }

  /** @param has whether the header has a tensor of this name */
  findings(has: (name: string) => boolean, file: string): Finding[] {
    const names = this.names
    const odd = [
      ['format/empty-name', names.filter((name) => name === '')],
      ['format/control-in-name', names.filter(hasControl)],
      ['format/invisible-in-name', names.filter(hasInvisible)],
      ['format/names-look-equal', this.equalAfterNormalisation(has)],
    ] as const
    return odd.flatMap(([rule, found]) => {
      const [tensor] = found
      return tensor === undefined ? [] : [finding(rule, { count: found.length }, { tensor, file })]
    })
  }

  private equalAfterNormalisation(has: (name: string) => boolean): readonly string[] {
    const seen = new Set<string>()
    return this.names.filter((name) => {
      if (name.length > longestNormalised) return false
      const normal = name.normalize('NFC')
      if (normal === name) return false
      const isAgain = has(normal) || seen.has(normal)
      seen.add(normal)
      return isAgain
    })
  }
}
