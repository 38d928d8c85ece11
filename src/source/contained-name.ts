import { quoted, SdinspectError } from '../errors.ts'

// Names Windows gives to devices, in any folder and with any ending.
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const devices = new Set(['con', 'prn', 'aux', 'nul', 'conin$', 'conout$'])
const numberedDevices = new Set(['com', 'lpt'])
const deviceNumbers = new Set([...'123456789¹²³'])

/**
 * The parts of a relative file name that a file gave, safe to join to a folder. What leads out of the folder
 * on any operating system is refused on all of them, so that a checkpoint means the same everywhere. Links
 * are another matter: see `diskPlace`.
 *
 * @throws SdinspectError `source/outside`
 */
export function containedName(name: string): readonly string[] {
  const parts = name.split('/')
  const fault = nameFault(name) ?? parts.map(partFault).find((found) => found !== undefined)
  if (fault === undefined) return parts
  throw new SdinspectError('source/outside', `the file name ${quoted(name)} ${fault}`, {
    hint: 'names of files must be relative and lie in the folder of the checkpoint',
  })
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.includes('\0')) return 'holds a NUL character'
  if (name.includes('\\')) return 'holds a backslash, which Windows takes for a folder separator'
  if (name.startsWith('//')) return 'names another computer'
  if (name.startsWith('/')) return 'is an absolute path'
  const colon = name.indexOf(':')
  if (colon === 1) return 'starts with a drive letter'
  if (colon > 1 && isScheme(name.slice(0, colon))) return 'is a URL'
  if (hasEncodedSeparator(name)) return 'holds percent-encoded dots or separators'
  return undefined
}

function partFault(part: string): string | undefined {
  if (part === '') return 'has an empty part'
  if (part === '..') return 'leads out of the folder'
  if (part === '.') return 'has the part "."'
  // Windows drops them, so "x." is another name of "x".
  if (part.endsWith('.') || part.endsWith(' ')) return 'has a part that ends in a dot or a space'
  if (isDevice(part)) return 'is a device on Windows'
  return undefined
}

/** A URL scheme by RFC 3986: a letter, then letters, digits, `+`, `-`, `.`. */
function isScheme(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) | 32
    const letter = code >= 97 && code <= 122
    if (index === 0 ? !letter : !letter && !'0123456789+-.'.includes(text[index] as string)) return false
  }
  return true
}

/** `.`, `/`, `\`, NUL, or `%` itself (encoded twice) behind a percent sign. */
function hasEncodedSeparator(name: string): boolean {
  const lower = name.toLowerCase()
  return ['%2e', '%2f', '%5c', '%00', '%25'].some((code) => lower.includes(code))
}

function isDevice(part: string): boolean {
  const dot = part.search(/[.:]/)
  const stem = (dot < 0 ? part : part.slice(0, dot)).trimEnd().toLowerCase()
  if (devices.has(stem)) return true
  return stem.length === 4 && numberedDevices.has(stem.slice(0, 3)) && deviceNumbers.has(stem.slice(3))
}
