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
    const ending = format.extensions.find((extension) => lower.endsWith(extension))
    if (ending !== undefined) return { format, ending }
  }
  return undefined
}

/**
 * What to say of a file of `format` that is called like one of another; null when there is nothing. A file
 * called .safetensors is trusted not to be a pickle, so that it is something else is an error.
 */
export function nameNote(formats: readonly Format[], format: Format, name: string): Finding | null {
  const lower = name.toLowerCase()
  if (format.extensions.some((extension) => lower.endsWith(extension))) return null
  const named = formatByName(formats, name)
  if (named === undefined || family(named.format) === family(format)) return null
  return finding('format/wrong-name', {
    ending: named.ending,
    is: format.title,
    isTrusted: named.format.id === 'safetensors',
  })
}

/** The endings of PyTorch do not tell which of its ways of saving, all pickles, was used. */
function family({ id }: Format): string {
  return id === 'pickle' || id.startsWith('torch') ? 'torch' : id
}
