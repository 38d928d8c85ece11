import { SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'

/** A regular file in a tar archive. */
export interface TarMember {
  /** As it stands in the archive, a leading `./` left out. */
  readonly name: string
  /** Of its first byte. */
  readonly offset: number
  /** In bytes. */
  readonly size: number
}

/** Bytes of a header, and what sizes are rounded up to (POSIX.1-2001, ustar interchange format). */
const tarBlock = 512

/** What an extended header or a long name may take. */
const mostOfName = 65_536

const utf8 = new TextDecoder()

/**
 * The regular files of a tar archive, front to back: ustar, the names of pax and of GNU tar among them.
 *
 * @throws SdinspectError `format/truncated`, `format/malformed`, `limit/exceeded` (`folderFiles`)
 */
export async function tarMembers(
  size: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
  limits: Limits,
): Promise<TarMember[]> {
  const members: TarMember[] = []
  let long: { readonly name?: string; readonly size?: number } = {}
  for (let at = 0, count = 1; at + tarBlock <= size; count++) {
    withinLimit(limits, 'folderFiles', count, 'the number of members of the tar archive', at)
    const header = await read(at, tarBlock)
    if (header.every((byte) => byte === 0)) break
    if (!hasItsChecksum(header))
      throw new SdinspectError(
        'format/malformed',
        `the tar header at ${at} has another checksum than it says`,
        {
          offset: at,
        },
      )
    const type = header[156] as number
    const bytes = long.size ?? numberIn(header.subarray(124, 136))
    const offset = at + tarBlock
    if (!Number.isSafeInteger(bytes) || bytes < 0 || offset + bytes > size)
      throw new SdinspectError(
        'format/truncated',
        `the tar member ${JSON.stringify(nameIn(header).slice(0, 200))} at ${at} runs past the end of the file at ${size}`,
        { offset: at },
      )
    const isLongName = type === gnuLongName
    if (isLongName || type === paxHeader) {
      if (bytes > mostOfName)
        throw new SdinspectError('format/malformed', `the tar header at ${at} has ${bytes} bytes of names`, {
          offset: at,
        })
      const text = await read(offset, bytes)
      long = isLongName ? { ...long, name: untilNul(text) } : { ...long, ...paxRecords(text) }
    } else {
      if (regular.has(type))
        members.push({ name: (long.name ?? nameIn(header)).replace(/^(?:\.\/)+/, ''), offset, size: bytes })
      if (type !== paxGlobal) long = {}
    }
    at = offset + Math.ceil(bytes / tarBlock) * tarBlock
  }
  return members
}

// Type flags: '0' and NUL are regular files, '7' is one that is contiguous.
const regular: ReadonlySet<number> = new Set([0x30, 0, 0x37])
const paxHeader = 0x78
const paxGlobal = 0x67
const gnuLongName = 0x4c

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function hasItsChecksum(header: Uint8Array): boolean {
  let sum = 0
  for (let i = 0; i < tarBlock; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] as number)
  return sum === numberIn(header.subarray(148, 156))
}

/** Octal digits; or, where the highest bit is set, a big-endian number (GNU tar). NaN for anything else. */
function numberIn(field: Uint8Array): number {
  if (((field[0] as number) & 0x80) !== 0) {
    let value = (field[0] as number) & 0x7f
    for (const byte of field.subarray(1)) value = value * 256 + byte
    return value
  }
  const text = untilNul(field).trim()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

function nameIn(header: Uint8Array): string {
  const name = untilNul(header.subarray(0, 100))
  const prefix =
    utf8.decode(header.subarray(257, 263)) === 'ustar\0' ? untilNul(header.subarray(345, 500)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
}

/** `LENGTH KEY=VALUE\n`, the length of all of it. */
function paxRecords(bytes: Uint8Array): { readonly name?: string; readonly size?: number } {
  const found: { name?: string; size?: number } = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = space < 0 ? 0 : Number(utf8.decode(bytes.subarray(at, space)))
    if (!Number.isSafeInteger(length) || length < 1) break
    const record = utf8.decode(bytes.subarray(space + 1, at + length - 1))
    const equals = record.indexOf('=')
    const value = record.slice(equals + 1)
    if (record.startsWith('path=')) found.name = value
    if (record.startsWith('size=')) found.size = /^\d+$/.test(value) ? Number(value) : Number.NaN
    at += length
  }
  return found
}
