import { quoted } from '../../errors.ts'

// ICU sorts runs of combining marks by insertion, so a long name made of them takes quadratic time.
const longestNormalised = 1_000

const control = /\p{Cc}/u
/** Bidirectional controls, zero width characters, line separators, tags: what makes two names look alike. */
const invisible = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** Looks at the names that are not plain ASCII, one finding for each thing that may mislead a reader. */
export class NameCheck {
  private readonly names: string[] = []

  /** @param name with something other than printable ASCII in it, or empty */
  add(name: string): void {
    this.names.push(name)
  }

  /** @param all every name of the header */
  report(all: ReadonlySet<string>, warn: (rule: string, message: string, tensor: string) => void): void {
    const say = (rule: string, found: readonly string[], what: string) => {
      const [first] = found
      if (first === undefined) return
      const count = found.length === 1 ? 'a tensor name' : `${found.length} tensor names, the first one`
      warn(rule, `${count} ${what}: ${quoted(first)}`, first)
    }
    say(
      'format/empty-name',
      this.names.filter((name) => name === ''),
      'is empty',
    )
    say(
      'format/control-in-name',
      this.names.filter((name) => control.test(name)),
      'has control characters in it',
    )
    say(
      'format/invisible-in-name',
      this.names.filter((name) => invisible.test(name)),
      'has invisible or direction-changing characters in it',
    )
    say(
      'format/names-look-equal',
      this.equalAfterNormalisation(all),
      'is equal to another after Unicode normalisation (NFC)',
    )
  }

  private equalAfterNormalisation(all: ReadonlySet<string>): readonly string[] {
    const seen = new Set<string>()
    return this.names.filter((name) => {
      if (name.length > longestNormalised) return false
      const normal = name.normalize('NFC')
      if (normal === name) return false
      const isAgain = all.has(normal) || seen.has(normal)
      seen.add(normal)
      return isAgain
    })
  }
}
