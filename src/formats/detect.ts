import { quoted, SdinspectError } from '../errors.ts'
import type { ByteSource } from '../source/source.ts'
import { emptyFile } from './empty-file.ts'
import type { Format } from './format.ts'
import type { KnownFile } from './known-files.ts'
import { formatByName } from './name-note.ts'
import { sniff, sniffName, sniffWholeName } from './sniff.ts'

/** Bytes of the start of a file that decide its format. */
export const headBytes = 512

/**
 * The one of `formats` that a file claims to be of, by its bytes. The name decides only where the bytes say nothing: a
 * damaged `x.safetensors` gets a safetensors error.
 *
 * @param head the first {@link headBytes} of the source, or all of it
 * @throws SdinspectError `format/empty`, `format/pointer`, `format/web-page`, `unsupported/format`, `format/unknown`
 */
export function detectAmong(formats: readonly Format[], head: Uint8Array, source: ByteSource): Format {
  if (source.size === 0) throw emptyFile()
  const claimed = formats.find((format) => format.detect(head, source.size))
  if (claimed !== undefined) return claimed
  const sniffed = sniff(head)
  const wholeName = sniffed === null ? sniffWholeName(source.name) : null
  if (wholeName !== null) throw calledAs(wholeName)
  const named = formatByName(formats, source.name)
  if (sniffed !== null) {
    const { title, code: known = 'unsupported/format', advice } = sniffed
    const place = { offset: 0, hint: advice }
    if (named === undefined) throw new SdinspectError(known, `the file is ${title}`, place)
    throw new SdinspectError(known, `the file is called ${named.ending}, and is ${title}`, place)
  }
  if (named !== undefined) {
    const said = loneLine(head, source.size)
    if (said === null) return named.format
    throw new SdinspectError(
      'format/unknown',
      `the file is called ${named.ending}, and is a line of text: ${quoted(said)}`,
      { offset: 0, hint: 'a server or a program sends such a line in place of the file: download it again' },
    )
  }
  const byName = sniffName(source.name)
  if (byName !== null) throw calledAs(byName)
  throw new SdinspectError(
    'format/unknown',
    `the file of ${source.size} bytes begins with ${shownHead(head)}, which is no format sdinspect knows (${formats.map((format) => format.title).join(', ')})`,
    { offset: 0 },
  )
}

/** The one line of words that a file is, as `Entry not found`; null of any other. A pickle in letters has many lines. */
function loneLine(head: Uint8Array, size: number): string | null {
  if (head.length < size) return null
  const text = new TextDecoder('latin1').decode(head).trim()
  return /^[A-Z][a-z']+([ ,][\x21-\x7e]+)+$/.test(text) ? text : null
}

function calledAs({ title, advice }: KnownFile): SdinspectError {
  return new SdinspectError('unsupported/format', `the file is called as ${title} is`, {
    offset: 0,
    hint: advice,
  })
}

/** Of a folder without a checkpoint: that its name is that of something else, where it is. */
export function calledOtherwise(name: string): SdinspectError | null {
  const known = sniffName(name)
  if (known === null) return null
  return new SdinspectError('unsupported/format', `the folder is called as ${known.title} is`, {
    file: name,
    hint: known.advice,
  })
}

function shownHead(head: Uint8Array): string {
  const first = head.subarray(0, 8)
  const isText = first.every((byte) => byte >= 0x20 && byte < 0x7f)
  if (isText) return JSON.stringify(String.fromCharCode(...first))
  return Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
