import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SdinspectError } from '../errors.ts'
import { naturalCompare } from '../model/natural-order.ts'
import { containedName } from './contained-name.ts'
import { handleSource, openRegular } from './file.ts'
import { missingFile } from './memory-place.ts'
import type { ByteSource, Place } from './source.ts'
import { systemError } from './system-error.ts'

interface Entry {
  readonly isFolder: boolean
  /** The name as bytes, where it is not UTF-8 and the key only shows it. */
  readonly raw: Buffer | undefined
}

type Listing = ReadonlyMap<string, Entry>

/**
 * A folder on disk, listed once. A file is opened first and asked afterwards where it really is, so a link
 * swapped in between leads nowhere: the file that is read is the one that was checked. By its real path it
 * must lie in the folder, or be a blob of the same repository in huggingface_hub's cache.
 */
export function diskPlace(path: string, name = path): Place {
  const listings = new Map<string, Promise<Listing>>()
  const listing = (folder: string): Promise<Listing> => {
    let found = listings.get(folder)
    if (found === undefined) {
      found = readListing(join(path, folder), join(name, folder))
      listings.set(folder, found)
    }
    return found
  }
  const names = async (isFolder: boolean): Promise<readonly string[]> =>
    [...(await listing(''))]
      .filter(([, entry]) => entry.isFolder === isFolder)
      .map(([entryName]) => entryName)
      .sort(naturalCompare)
  return {
    name,
    list: () => names(false),
    folders: () => names(true),
    folder(folderName) {
      const parts = containedName(folderName)
      return diskPlace(join(path, ...parts), join(name, ...parts))
    },
    async open(fileName) {
      const parts = containedName(fileName)
      const label = join(name, ...parts)
      let folder = ''
      // Part by part and exactly as spelt, also where the file system would take another letter case.
      for (const part of parts.slice(0, -1)) {
        entryOf(await listing(folder), part, label)
        folder = join(folder, part)
      }
      const last = parts[parts.length - 1] as string
      const { raw } = entryOf(await listing(folder), last, label)
      const at = raw === undefined ? join(path, folder, last) : rawJoin(join(path, folder), raw)
      return openInside(at, path, label)
    },
  }
}

function entryOf(listing: Listing, part: string, label: string): Entry {
  const entry = listing.get(part)
  if (entry === undefined) throw missingFile(label, part, listing.keys())
  return entry
}

async function openInside(path: string | Buffer, root: string, label: string): Promise<ByteSource> {
  const { handle, opened } = await openRegular(path, label)
  try {
    const realBytes = await realpath(path, { encoding: 'buffer' })
    const real = realBytes.toString()
    const there = await stat(realBytes, { bigint: true })
    if (there.ino !== opened.ino || there.dev !== opened.dev) {
      throw new SdinspectError('source/changed', 'the file was replaced while it was opened', { file: label })
    }
    const realRoot = await realpath(root)
    if (!isInside(realRoot, real) && !isCacheBlob(realRoot, real)) {
      throw new SdinspectError('source/outside', 'the file is a link that leads out of the folder', {
        file: label,
        hint: 'copy the file into the folder if you trust where the link leads',
      })
    }
    return handleSource(handle, opened, label)
  } catch (error) {
    await handle.close()
    throw systemError(error, label)
  }
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

async function readListing(path: string, label: string): Promise<Listing> {
  let entries: Dirent<Buffer>[]
  try {
    entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' })
  } catch (error) {
    throw systemError(error, label)
  }
  const listed = await Promise.all(
    entries.map(async (entry): Promise<[string, Entry]> => {
      const raw = entry.name
      const text = decode(raw)
      const isFolder =
        entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(rawJoin(path, raw))))
      return text === undefined ? [shownBytes(raw), { isFolder, raw }] : [text, { isFolder, raw: undefined }]
    }),
  )
  return new Map(listed)
}

async function leadsToFolder(link: Buffer): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory()
  } catch {
    // A broken link is listed as a file; opening it says what is wrong.
    return false
  }
}

function rawJoin(folder: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(join(folder, sep)), name])
}

function decode(name: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name)
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
