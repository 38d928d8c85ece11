import { crc32 as checksum, deflateRawSync } from 'node:zlib'

/** One entry of a test archive. What is not given is as a sound archive has it. */
export interface EntrySpec {
  readonly name: string
  readonly data?: Uint8Array | string
  readonly deflate?: boolean
  /** What the directory says. */
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly compressedBytes?: number
  readonly bytes?: number
  readonly headerOffset?: number
  readonly extra?: Uint8Array
  readonly disk?: number
  /** What the local header says instead. */
  readonly local?: {
    name?: string
    flags?: number
    method?: number
    crc?: number
    compressedBytes?: number
    bytes?: number
  }
  /** Length of the padding in the local extra field; torch aligns data so. */
  readonly padding?: number
  /** `descriptor`: sizes after the data, as torch writes them. A number: another checksum there. */
  readonly descriptor?: boolean | number
  /** A descriptor without its signature, or with sizes of eight bytes: all four forms are allowed. */
  readonly descriptorForm?: { unsigned?: boolean; wide?: boolean; compressedBytes?: number; bytes?: number }
  /** Bytes after the entry that belong to nothing. */
  readonly stray?: number
  /** Compressed data to put in place of the right ones. */
  readonly raw?: Uint8Array
}

export interface ArchiveSpec {
  readonly prefix?: Uint8Array
  readonly comment?: Uint8Array
  readonly trailing?: Uint8Array
  readonly zip64?: boolean
  /** The directory names the entries from the last to the first. */
  readonly reversed?: boolean
  readonly end?: { entries?: number; directoryOffset?: number; directoryBytes?: number; disk?: number }
  readonly locator?: bigint
}

function header(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length)
  write(new DataView(bytes.buffer))
  return bytes
}

/** APPNOTE.TXT, 4.3.9: the signature may be missing, and the sizes have eight bytes in zip64. */
function descriptorBytes(
  { unsigned = false, wide = false }: { unsigned?: boolean; wide?: boolean },
  { crc, compressedBytes, bytes }: { crc: number; compressedBytes: number; bytes: number },
): Uint8Array {
  const begin = unsigned ? 0 : 4
  const size = wide ? 8 : 4
  return header(begin + 4 + 2 * size, (view) => {
    if (!unsigned) view.setUint32(0, 0x08074b50, true)
    view.setUint32(begin, crc, true)
    view.setUint32(begin + 4, compressedBytes, true)
    view.setUint32(begin + 4 + size, bytes, true)
  })
}

/** A zip archive, byte by byte: a test says what is wrong with it. */
export function zipBytes(entries: readonly EntrySpec[], archive: ArchiveSpec = {}): Buffer {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[][] = []
  let at = 0
  const put = (...pieces: Uint8Array[]) => {
    for (const piece of pieces) {
      parts.push(piece)
      at += piece.length
    }
  }
  if (archive.prefix) put(archive.prefix)
  for (const entry of entries) {
    const data = Buffer.from(entry.data ?? '')
    const packed = entry.raw ?? (entry.deflate ? deflateRawSync(data) : data)
    const method = entry.method ?? (entry.deflate ? 8 : 0)
    const flags = (entry.flags ?? 0) | (entry.descriptor === undefined ? 0 : 8)
    const crc = entry.crc ?? checksum(data)
    const compressedBytes = entry.compressedBytes ?? packed.length
    const bytes = entry.bytes ?? data.length
    const name = Buffer.from(entry.name)
    const localName = Buffer.from(entry.local?.name ?? entry.name)
    const extra = entry.extra ?? new Uint8Array()
    const headerOffset = entry.headerOffset ?? at
    const later = entry.descriptor !== undefined
    put(
      header(30, (view) => {
        view.setUint32(0, 0x04034b50, true)
        view.setUint16(6, entry.local?.flags ?? flags, true)
        view.setUint16(8, entry.local?.method ?? method, true)
        view.setUint32(14, entry.local?.crc ?? (later ? 0 : crc), true)
        view.setUint32(18, entry.local?.compressedBytes ?? (later ? 0 : compressedBytes), true)
        view.setUint32(22, entry.local?.bytes ?? (later ? 0 : bytes), true)
        view.setUint16(26, localName.length, true)
        view.setUint16(28, entry.padding ?? 0, true)
      }),
      localName,
      new Uint8Array(entry.padding ?? 0).fill(90),
      packed,
    )
    if (later)
      put(
        descriptorBytes(entry.descriptorForm ?? {}, {
          crc: typeof entry.descriptor === 'number' ? entry.descriptor : crc,
          compressedBytes: entry.descriptorForm?.compressedBytes ?? compressedBytes,
          bytes: entry.descriptorForm?.bytes ?? bytes,
        }),
      )
    put(new Uint8Array(entry.stray ?? 0).fill(0x58))
    directory.push([
      header(46, (view) => {
        view.setUint32(0, 0x02014b50, true)
        view.setUint16(8, flags, true)
        view.setUint16(10, method, true)
        view.setUint32(16, crc, true)
        view.setUint32(20, compressedBytes, true)
        view.setUint32(24, bytes, true)
        view.setUint16(28, name.length, true)
        view.setUint16(30, extra.length, true)
        view.setUint16(34, entry.disk ?? 0, true)
        view.setUint32(42, headerOffset, true)
      }),
      name,
      extra,
    ])
  }
  const directoryOffset = archive.end?.directoryOffset ?? at
  if (archive.reversed === true) directory.reverse()
  for (const pieces of directory) put(...pieces)
  const directoryBytes = archive.end?.directoryBytes ?? at - directoryOffset
  const count = archive.end?.entries ?? entries.length
  if (archive.zip64) {
    const record = at
    put(
      header(76, (view) => {
        view.setUint32(0, 0x06064b50, true)
        view.setBigUint64(4, 44n, true)
        view.setBigUint64(24, BigInt(count), true)
        view.setBigUint64(32, BigInt(count), true)
        view.setBigUint64(40, BigInt(directoryBytes), true)
        view.setBigUint64(48, BigInt(directoryOffset), true)
        view.setUint32(56, 0x07064b50, true)
        view.setBigUint64(64, archive.locator ?? BigInt(record), true)
        view.setUint32(72, 1, true)
      }),
    )
  }
  const comment = archive.comment ?? new Uint8Array()
  put(
    header(22, (view) => {
      view.setUint32(0, 0x06054b50, true)
      view.setUint16(4, archive.end?.disk ?? 0, true)
      view.setUint16(8, Math.min(count, 0xffff), true)
      view.setUint16(10, Math.min(count, 0xffff), true)
      view.setUint32(12, directoryBytes, true)
      view.setUint32(16, directoryOffset, true)
      view.setUint16(20, comment.length, true)
    }),
    comment,
    archive.trailing ?? new Uint8Array(),
  )
  return Buffer.concat(parts)
}
