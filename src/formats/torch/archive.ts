import { type ReadRange, readZip, readZipEntry, type ZipArchive, type ZipEntry } from '../../codec/zip.ts'
import { SdinspectError } from '../../errors.ts'
import type { LimitName, Limits } from '../../limits.ts'
import type { Finding } from '../../model/finding.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'

/** A zip file as torch's reader sees it: all entries in one root folder, whose name means nothing. */
export interface TorchArchive {
  /** Relative to the checkpoint. */
  readonly file: string
  /** With its slash; `''` for an archive without a root folder (old exported programs). */
  readonly root: string
  /** By name without the root folder. */
  readonly entries: ReadonlyMap<string, ZipEntry>
  readonly findings: Finding[]
  /** The bytes of an entry. A wrong checksum is a finding. */
  bytes(name: string, limit?: LimitName): Promise<Uint8Array>
  text(name: string): Promise<string>
}

export async function openArchive(source: ByteSource, limits: Limits): Promise<TorchArchive> {
  const read: ReadRange = (offset, length) => source.read(offset, length)
  const zip = await readZip(source.size, read, limits)
  const file = fileName(source.name)
  const findings = archiveFindings(zip, file)
  const root = rootOf(zip)
  const entries = new Map(zip.entries.map((entry) => [entry.name.slice(root.length), entry]))
  const bytesOf = async (name: string, limit?: LimitName): Promise<Uint8Array> => {
    const entry = entries.get(name)
    if (entry === undefined)
      throw new SdinspectError('format/malformed', `the archive has no entry ${JSON.stringify(root + name)}`)
    const { bytes, checksumFits } = await readZipEntry(entry, read, limits, limit)
    // torch writes no checksums after set_crc32_options(False), and never compares them.
    if (!checksumFits && entry.crc32 !== 0)
      findings.push({
        rule: 'zip/checksum',
        level: 'error',
        file,
        message: `the bytes of ${JSON.stringify(entry.name)} do not have the checksum the archive states`,
        fix: 'fetch the file again: it was damaged or changed after it was written',
      })
    return bytes
  }
  return {
    file,
    root,
    entries,
    findings,
    bytes: bytesOf,
    text: async (name) => new TextDecoder().decode(await bytesOf(name)),
  }
}

/** The folder that every entry is in. torch refuses an archive with an entry outside it. */
function rootOf(zip: ZipArchive): string {
  const [first] = zip.entries
  if (first === undefined) throw new SdinspectError('format/malformed', 'the archive has no entries')
  const root = first.name.slice(0, first.name.indexOf('/') + 1)
  const other = root === '' ? first : zip.entries.find((entry) => !entry.name.startsWith(root))
  if (other === undefined) return root
  // Exported programs before torch 2.8 have no root folder.
  if (zip.byName.has('serialized_exported_program.json')) return ''
  throw new SdinspectError(
    'format/malformed',
    `the archive has the entry ${JSON.stringify(other.name.slice(0, 200))} ` +
      (root === ''
        ? 'in no folder, and torch reads none such'
        : `outside its folder ${JSON.stringify(root.slice(0, 200))}`),
    { offset: other.headerOffset },
  )
}

function archiveFindings(zip: ZipArchive, file: string): Finding[] {
  const findings: Finding[] = []
  if (zip.trailingBytes > 0)
    findings.push({
      rule: 'zip/trailing-bytes',
      level: 'warning',
      file,
      message: `${zip.trailingBytes} bytes follow the end of the archive and belong to nothing in it`,
    })
  if (zip.strayBytes > 0)
    findings.push({
      rule: 'zip/stray-bytes',
      level: 'warning',
      file,
      message: `${zip.strayBytes} bytes between the entries of the archive belong to none of them`,
    })
  return findings
}
