import { isAscii } from 'node:buffer'
import {
  type BigIntStats,
  closeSync,
  type Dirent,
  lstatSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SdinspectError } from '../errors.ts'
import { naturalCompare } from '../model/names/natural-order.ts'
import { containedName } from './contained-name.ts'
import { canRefuseLinks, type OpenFile, openFileSource, openRegular, openUnlinked } from './file.ts'
import { missingFile } from './memory-place.ts'
import type { ByteSource, Place } from './source.ts'
import { systemError } from './system-error.ts'

interface Entry {
  /** `link` is anything that is neither folder nor regular file. */
  readonly kind: 'folder' | 'file' | 'link'
  /** The name as bytes, where it is not UTF-8 and the key only shows it. */
  readonly raw: Buffer | undefined
}

type Listing = ReadonlyMap<string, Entry>

/**
 * A folder on disk, listed once. A file that is a link, or below a folder that may be one, is opened first and
 * asked afterwards where it really is, so a link swapped in between leads nowhere: the file that is read is the
 * one that was checked. By its real path it must lie in the folder that was given, or be a blob of the same repository in
 * huggingface_hub's cache.
 */
export function diskPlace(path: string, name = path): Place {
  return placeOf(new DiskFolder(path, name, null), path, name)
}

/** @param top the folder that was given: this one, or one above it */
function placeOf(disk: DiskFolder, path: string, name: string, top = disk): Place {
  return {
    name,
    list: async () => disk.files(),
    folders: async () => disk.folders(),
    folder(folderName) {
      const parts = containedName(folderName)
      const [below, label] = [join(path, ...parts), join(name, ...parts)]
      return placeOf(new DiskFolder(below, label, top), below, label, top)
    },
    realPath: () => disk.realPath(),
    open: async (fileName) => disk.open(fileName),
  }
}

class DiskFolder {
  readonly #name: string
  readonly #path: string
  readonly #listings = new Map<string, Listing>()
  #real: string | undefined
  #files: readonly string[] | undefined
  #folders: readonly string[] | undefined

  readonly #top: DiskFolder | null

  /** @param top the folder that was given, where it is one above this */
  constructor(path: string, name: string, top: DiskFolder | null) {
    this.#path = path
    this.#name = name
    this.#top = top
  }

  files(): readonly string[] {
    this.#files ??= this.#names(({ kind }) => kind !== 'folder')
    return this.#files
  }

  folders(): readonly string[] {
    this.#folders ??= this.#names(({ kind }) => kind === 'folder')
    return this.#folders
  }

  open(fileName: string): ByteSource {
    const parts = containedName(fileName)
    const label = join(this.#name, ...parts)
    let folder = ''
    // Part by part and exactly as spelt, also where the file system would take another letter case.
    for (const part of parts.slice(0, -1)) {
      entryOf(this.#listing(folder), part, label)
      folder = join(folder, part)
    }
    const last = parts[parts.length - 1] as string
    const { kind, raw } = entryOf(this.#listing(folder), last, label)
    if (canRefuseLinks && kind === 'file' && raw === undefined && parts.length === 1) {
      const opened = openUnlinked(join(this.#realPath(label), last), label)
      if (opened !== null) return openFileSource(opened, label)
    }
    const at = raw === undefined ? join(this.#path, folder, last) : rawJoin(join(this.#path, folder), raw)
    return openFileSource(this.#openInside(at, label), label)
  }

  realPath(): string {
    return this.#realPath(this.#name)
  }

  #openInside(path: string | Buffer, label: string): OpenFile {
    const file = openRegular(path, label)
    try {
      const realBytes = realpathSync.native(path, { encoding: 'buffer' })
      refuseReplaced(statSync(realBytes, { bigint: true }), file.opened, label)
      const real = realBytes.toString()
      const root = this.#realPath(label)
      if (
        isInside(root, real) ||
        this.#isBelowTop(real) ||
        isCacheBlob(root, real) ||
        isSharedBlob(root, real)
      )
        return file
      throw new SdinspectError('source/outside', 'the file is a link that leads out of the folder', {
        file: label,
        hint: 'copy the file into the folder if you trust where the link leads',
      })
    } catch (error) {
      closeSync(file.descriptor)
      throw systemError(error, label)
    }
  }

  /** A link from one folder to another of what was given leads nowhere that is not looked at. */
  #isBelowTop(real: string): boolean {
    return this.#top !== null && isInside(this.#top.realPath(), real)
  }

  #realPath(label: string): string {
    try {
      this.#real ??= realpathSync.native(this.#path)
      return this.#real
    } catch (error) {
      throw systemError(error, label)
    }
  }

  #listing(folder: string): Listing {
    let found = this.#listings.get(folder)
    if (found === undefined) {
      found = readListing(join(this.#path, folder), join(this.#name, folder))
      this.#listings.set(folder, found)
    }
    return found
  }

  #names(wanted: (entry: Entry) => boolean): readonly string[] {
    return [...this.#listing('')]
      .filter(([, entry]) => wanted(entry))
      .map(([entryName]) => entryName)
      .sort(naturalCompare)
  }
}

function entryOf(listing: Listing, part: string, label: string): Entry {
  const entry = listing.get(part)
  if (entry === undefined) throw missingFile(label, part, listing)
  return entry
}

function refuseReplaced(there: BigIntStats, opened: BigIntStats, file: string): void {
  if (there.ino === opened.ino && there.dev === opened.dev) return
  throw new SdinspectError('source/changed', 'the file was replaced while it was opened', { file })
}

function isInside(root: string, real: string): boolean {
  return real.startsWith(root.endsWith(sep) ? root : root + sep)
}

/**
 * huggingface_hub keeps files as `<repository>/blobs/<hash>` and links `<repository>/snapshots/<revision>/x`
 * to them. A link from a snapshot to a blob of its own repository is no way out.
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
function isCacheBlob(root: string, real: string): boolean {
  const blobs = dirname(real)
  const repository = dirname(blobs)
  const [snapshots, revision] = relative(repository, root).split(sep)
  return (
    basename(blobs) === 'blobs' &&
    /^(models|datasets|spaces)--/.test(basename(repository)) &&
    /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(basename(real)) &&
    snapshots === 'snapshots' &&
    revision !== undefined
  )
}

/**
 * From huggingface_hub 2 on a blob may itself be a link to `<cache>/blobs/<two digits>/<hash>`, of all repositories of
 * the cache.
 */
function isSharedBlob(root: string, real: string): boolean {
  const [repository = '', snapshots, revision] = relative(join(dirname(real), '..', '..'), root).split(sep)
  return (
    basename(join(dirname(real), '..')) === 'blobs' &&
    /^[0-9a-f]{2}$/.test(basename(dirname(real))) &&
    /^[0-9a-f]{64}$/.test(basename(real)) &&
    /^(models|datasets|spaces)--/.test(repository) &&
    snapshots === 'snapshots' &&
    revision !== undefined
  )
}

function readListing(path: string, label: string): Listing {
  let entries: (Dirent<Buffer> | Buffer)[]
  try {
    entries = readdirSync(path, { withFileTypes: true, encoding: 'buffer' })
  } catch (error) {
    throw systemError(error, label)
  }
  return new Map(
    entries.map((entry): [string, Entry] => {
      // Bun gives names alone where bytes are asked for.
      const raw = Buffer.isBuffer(entry) ? entry : entry.name
      const text = decode(raw)
      const kind = kindOf(Buffer.isBuffer(entry) ? lstatSync(rawJoin(path, raw)) : entry, raw, path)
      return text === undefined ? [shownBytes(raw), { kind, raw }] : [text, { kind, raw: undefined }]
    }),
  )
}

/** What `lstat` or a listing tells of an entry. */
type EntryType = Pick<Dirent<Buffer>, 'isDirectory' | 'isSymbolicLink' | 'isFile'>

function kindOf(entry: EntryType, name: Buffer, folder: string): Entry['kind'] {
  if (entry.isDirectory()) return 'folder'
  if (!entry.isSymbolicLink()) return entry.isFile() ? 'file' : 'link'
  try {
    return statSync(rawJoin(folder, name)).isDirectory() ? 'folder' : 'link'
  } catch {
    // A broken link is listed as a file; opening it says what is wrong.
    return 'link'
  }
}

function rawJoin(folder: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(join(folder, sep)), name])
}

let strictUtf8: TextDecoder | undefined

function decode(name: Buffer): string | undefined {
  if (isAscii(name)) return name.toString('latin1')
  try {
    strictUtf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return strictUtf8.decode(name)
  } catch {
    return undefined
  }
}

/** A name that is not UTF-8 with every byte outside ASCII as `<ff>`, so that it can be shown and told apart. */
function shownBytes(name: Buffer): string {
  let shown = ''
  for (const byte of name) shown += byte < 128 ? String.fromCharCode(byte) : `<${byte.toString(16)}>`
  return shown
}
