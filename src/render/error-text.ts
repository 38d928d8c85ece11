import { isSdinspectError } from '../errors.ts'
import { count, nameForOutput, sentence } from './text.ts'
import type { Theme } from './theme.ts'

/**
 * An error for people: what, where and what to do, each on one line whatever it quotes. Anything but an
 * SdinspectError is a bug and says so.
 */
export function* errorText(error: unknown, theme: Theme): Generator<string> {
  const { glyphs, ascii } = theme
  const mark = theme.paint('error', `${glyphs.error} error`)
  if (!isSdinspectError(error)) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    yield `${mark}  ${sentence(message, ascii)} ${theme.paint('quiet', '[internal/bug]')}`
    yield `  ${theme.paint('quiet', `${glyphs.arrow} this is a bug in sdinspect, please report it`)}`
    return
  }
  const where = error.file === undefined ? '' : `${nameForOutput(error.file, ascii)}: `
  const offset = error.offset === undefined ? '' : ` (at byte ${count(error.offset)})`
  yield `${mark}  ${where}${sentence(error.message, ascii)}${offset} ${theme.paint('quiet', `[${error.code}]`)}`
  if (error.hint !== undefined)
    yield `  ${theme.paint('quiet', `${glyphs.arrow} ${sentence(error.hint, ascii)}`)}`
}
