import type { Rule } from '../rule.ts'

/** Controls, format characters (bidi, zero width), private use, separators, what a font draws as nothing. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** What the reader of safetensors finds itself, and says more exactly. */
const toldByReader = [
  { rule: 'format/control-in-name', characters: /\p{Cc}/u },
  {
    rule: 'format/invisible-in-name',
    characters: /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
  },
] as const

export const contentsStrangeName: Rule = {
  id: 'contents/strange-name',
  level: 'warning',
  claim: 'Every character of every name can be seen',
  why: 'Control characters, text direction marks and characters without width make two names look the same, hide what follows, or do something to the terminal that prints them. No library writes such a name.',
  case: 'Names that look like another one pass a review by eye and miss every pattern of a policy.',
  fix: 'find out who wrote the file; rename the tensors if you trust it',

  *check({ report }) {
    const told = toldByReader.filter(({ rule }) => report.findings.some((finding) => finding.rule === rule))
    for (const { tensors } of report.stateDicts) {
      const strange = tensors.filter(
        ({ name }) => unseen.test(name) && !told.some(({ characters }) => characters.test(name)),
      )
      const [first] = strange
      if (first === undefined) continue
      const code = (unseen.exec(first.name)?.[0].codePointAt(0) ?? 0)
        .toString(16)
        .toUpperCase()
        .padStart(4, '0')
      const others = strange.length === 1 ? '' : ` (and ${strange.length - 1} more)`
      yield {
        message: `a tensor's name has a character that cannot be seen, U+${code}: ${JSON.stringify(first.name.slice(0, 200))}${others}`,
        tensor: first.name,
      }
    }
  },
}
