import { quoted } from '../../../errors.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import { rule } from '../../rule.ts'

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

export const contentsStrangeName = rule({
  id: 'contents/strange-name',
  level: 'warning',
  claim: 'Every character of every name can be seen',
  why: 'Control characters, text direction marks and characters without width make two names look the same, hide what follows, or do something to the terminal that prints them. No library writes such a name.',
  case: 'Names that look like another one pass a review by eye and miss every pattern of a policy.',
  fix: 'find out who wrote the file; rename the tensors if you trust it',
  message: ({ character, count }: { character: string; count: number }, { tensor }) =>
    `a tensor's name has a character that cannot be seen, ${character}: ${quoted(tensor)}${count === 1 ? '' : ` (and ${count - 1} more)`}`,
  about: ['tensor'],

  *check({ report }, tell) {
    const told = toldByReader.filter(({ rule }) => report.findings.some((finding) => finding.rule === rule))
    for (const stateDict of report.stateDicts) {
      if (!inspectionOf(stateDict).hasSegment((segment) => unseen.test(segment))) continue
      const { tensors } = stateDict
      const strange = tensors.filter(
        ({ name }) => unseen.test(name) && !told.some(({ characters }) => characters.test(name)),
      )
      const [first] = strange
      if (first === undefined) continue
      const code = (unseen.exec(first.name)?.[0].codePointAt(0) ?? 0)
        .toString(16)
        .toUpperCase()
        .padStart(4, '0')
      yield tell({ character: `U+${code}`, count: strange.length }, { tensor: first.name })
    }
  },
})
