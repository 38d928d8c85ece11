import { finding } from '../findings/finding.ts'
import type { Finding } from '../model/finding.ts'
import type { Format } from './format.ts'

/** The format whose usual ending `name` has, with that ending. */
export function formatByName(
  formats: readonly Format[],
  name: string,
): { readonly format: Format; readonly ending: string } | undefined {
  const lower = name.toLowerCase()
  for (const format of formats) {
    const ending = format.endings.find((each) => lower.endsWith(each))
    if (ending !== undefined) return { format, ending }
  }
  return undefined
}

/**
 * What to say of a file of `format` that is called like one of another family; null when there is nothing.
 */
export function nameNote(formats: readonly Format[], format: Format, name: string): Finding | null {
  const lower = name.toLowerCase()
  if (format.endings.some((ending) => lower.endsWith(ending))) return null
  const named = formatByName(formats, name)
  if (named === undefined || named.format.family === format.family) return null
  return finding('format/wrong-name', {
    ending: named.ending,
    is: format.title,
    isTrusted: named.format.isTrusted === true,
  })
}
