import { readPickle } from '../../../codec/pickle.ts'
import { tarMembers } from '../../../codec/tar.ts'
import { readZip, readZipEntry, type ZipEntry } from '../../../codec/zip.ts'
import { isSdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import type { PickledImport } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { memorySource } from '../../../source/memory.ts'
import { part } from '../../../source/part.ts'
import type { ByteSource } from '../../../source/source.ts'
import { isHiddenPickle } from '../hidden-pickle.ts'
import { importsOf } from '../safety/imports.ts'
import { importsBeforeError } from '../safety/safety.ts'

// Pickles that are in a file beside the one its tensors come from: example inputs, tensors saved one by one, values
// of a distributed checkpoint, files that somebody added. Whoever loads the rest may load them.

/** Archives in archives. */
const nesting = 4
const pickleEnding = /\.(pkl|pickle|pt|pth|bin|ckpt|joblib|p|dat|tar)$/i

/** Names of compressed pickles and archives, which joblib and people write. They are not decompressed. */
const compressedPickle = /\.(?:pkl|pickle|pt|pth|bin|ckpt|joblib|tar)\.(?:gz|bz2|xz|zst|lz4)$|\.t[gbx]z$/i

/** Whether a file in an archive says by its name that a pickle is compressed in it. */
export function isCompressedPickle(name: string): boolean {
  return compressedPickle.test(name)
}

export interface MemberPickles {
  readonly imports: PickledImport[]
  readonly findings: Finding[]
}

interface Scan extends MemberPickles {
  readonly pickles: ReadonlySet<string>
  readonly file: string
  readonly limits: Limits
}

/**
 * The imports of every pickle among some members of an archive, and in archives among them.
 *
 * @param members by the names that messages use
 * @param file in which they are, relative to the checkpoint
 * @param pickles names of members that are pickles, whatever their endings
 */
export async function memberPickles(
  source: ByteSource,
  members: Iterable<readonly [string, ZipEntry]>,
  file: string,
  limits: Limits,
  pickles: ReadonlySet<string>,
): Promise<MemberPickles> {
  const scan: Scan = { imports: [], findings: [], file, limits, pickles }
  await scanMembers(source, members, scan, 1)
  return scan
}

/** Whether a member is taken for a pickle by its name, or by what the archive says of it. */
export function isPickleName(name: string, entry: ZipEntry, pickles: ReadonlySet<string>): boolean {
  return pickleEnding.test(name) || pickles.has(entry.name)
}

/** Whether a file that begins so is looked into whatever it is called: an archive, or a pickle. */
export function isLookedInto(head: Uint8Array): boolean {
  return isArchive(head) || isBinaryPickle(head)
}

const isArchive = (head: Uint8Array) => head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4
/** Bytes of a tar archive up to the end of its magic. */
const tarHead = 262
const isTar = (head: Uint8Array) => String.fromCharCode(...head.subarray(257, tarHead)) === 'ustar'
const isBinaryPickle = (head: Uint8Array) => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5

/**
 * As `memberPickles`, of one file inside another: an archive, or a pickle.
 *
 * @param isPickle by its name or place; otherwise its first bytes have to say so
 */
export async function pickleWithin(
  source: ByteSource,
  label: string,
  file: string,
  limits: Limits,
  isPickle = true,
): Promise<MemberPickles> {
  const scan: Scan = { imports: [], findings: [], file, limits, pickles: new Set() }
  await scanFile(source, label, isPickle, scan, 1)
  return scan
}

async function scanMembers(
  source: ByteSource,
  members: Iterable<readonly [string, ZipEntry]>,
  scan: Scan,
  depth: number,
): Promise<void> {
  for (const [name, entry] of members) {
    if (name.endsWith('/') || entry.bytes < 2) continue
    const inner =
      entry.method === 8
        ? memorySource((await readZipEntry(entry, readOf(source), scan.limits)).bytes, name)
        : part(source, entry.offset, entry.bytes, name)
    await scanFile(inner, name, isPickleName(name, entry, scan.pickles), scan, depth)
  }
}

const readOf = (source: ByteSource) => (offset: number, length: number) => source.read(offset, length)

/** @param isPickle by its name, so that a text pickle is tried too and one that is broken is said */
async function scanFile(
  source: ByteSource,
  label: string,
  isPickle: boolean,
  scan: Scan,
  depth: number,
): Promise<void> {
  const head = await source.read(0, Math.min(tarHead, source.size))
  const isZip = isArchive(head)
  const isBinary = isBinaryPickle(head)
  if (isCompressedPickle(label)) scan.findings.push(unread(label, 'it is compressed', scan.file))
  if (!isZip && !isBinary && !isTar(head) && !isPickle && !(await isHiddenPickle(source, scan.limits))) return
  try {
    if (isTar(head)) await scanTar(source, label, scan, depth)
    else if (isZip) await scanArchive(source, label, scan, depth)
    else await scanStreams(source, label, isBinary, scan)
  } catch (error) {
    if (!isSdinspectError(error) || !error.code.startsWith('format/')) throw error
    scan.findings.push(unread(label, error.message, scan.file))
  }
}

async function scanArchive(source: ByteSource, label: string, scan: Scan, depth: number): Promise<void> {
  if (depth > nesting) {
    scan.findings.push(unread(label, `it is an archive in ${nesting} others`, scan.file))
    return
  }
  const zip = await readZip(source.size, readOf(source), scan.limits)
  // Storages are no pickles, and there may be a hundred thousand of them.
  const members = zip.entries
    .filter(({ name }) => !/^[^/]*\/data\/[^/]+$/.test(name) || pickleEnding.test(name))
    .map((entry) => [`${label}/${entry.name}`, entry] as const)
  await scanMembers(source, members, scan, depth + 1)
}

async function scanTar(source: ByteSource, label: string, scan: Scan, depth: number): Promise<void> {
  if (depth > nesting) {
    scan.findings.push(unread(label, `it is an archive in ${nesting} others`, scan.file))
    return
  }
  for (const { name, offset, size } of await tarMembers(source.size, readOf(source), scan.limits)) {
    const inner = part(source, offset, size, `${label}/${name}`)
    if (size > 1) await scanFile(inner, `${label}/${name}`, pickleEnding.test(name), scan, depth + 1)
  }
}

async function scanStreams(source: ByteSource, label: string, isBinary: boolean, scan: Scan): Promise<void> {
  withinLimit(scan.limits, 'pickleBytes', source.size, `the size of ${label}`)
  const bytes = await source.read(0, source.size)
  for (let at = 0; at < bytes.length; ) {
    const document = readPickle(bytes.subarray(at), scan.limits, label)
    const imports = importsOf(document, scan.limits, label)
    for (const one of imports) scan.imports.push(one)
    if (document.error !== null) {
      // What follows the pickles of a legacy file is no pickle; nor are weights under an ending of the field.
      if (at === 0 && (isBinary || imports.length > 0))
        scan.findings.push(unread(label, document.error.message + importsBeforeError(imports), scan.file))
      if (document.error.code === 'limit/exceeded') throw document.error
      return
    }
    at += document.end
  }
}

function unread(label: string, problem: string, file: string): Finding {
  return finding('torch/unread-member', { member: label, problem }, { file })
}
