import type { BigIntStats } from 'node:fs'
import { constants, type FileHandle, open, readdir, readlink, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { SdinspectError } from '../errors.ts'
import { nearest } from '../model/edit-distance.ts'
import { checkRange } from './memory.ts'
import type { ByteSource } from './source.ts'
import { systemError, systemErrorCode } from './system-error.ts'

/** Bytes the operating system is asked for at once: Node refuses reads of 2^31 and more. */
const chunkBytes = 1 << 30

/**
 * A regular file. It is opened once and read through that one handle, so a file that is replaced meanwhile is
 * still read as it was, and one that is written to meanwhile is noticed (`source/changed`).
 *
 * @param name how messages call it, the path where not given
 * @throws SdinspectError `source/not-found`, `source/permission`, `source/not-a-file`, `source/io`
 */
export async function fileSource(path: string, name = path): Promise<ByteSource> {
  const { handle, opened } = await openRegular(path, name)
  return handleSource(handle, opened, name)
}

/** What is at a path. Links are followed; what cannot be asked after is `missing`: opening it says why. */
export async function pathKind(path: string): Promise<'folder' | 'file' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    return 'missing'
  }
}

/** An open regular file, and what the system said of it when it was opened. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly opened: BigIntStats
}

/**
 * Opens `path` if it is a regular file, without waiting for the other end of a pipe.
 *
 * @param path as bytes where the name is not UTF-8
 */
export async function openRegular(path: string | Uint8Array, name: string): Promise<OpenFile> {
  if (typeof path === 'string' && path.includes('\0')) {
    throw new SdinspectError(
      'source/not-found',
      'the path holds a NUL character, and no file can be called so',
      {
        file: name,
      },
    )
  }
  const at = typeof path === 'string' ? path : asBuffer(path)
  let handle: FileHandle | undefined
  try {
    // Opening alone can do things to a device, so the kind is asked first, and again of what was opened.
    refuseIrregular(await stat(at, { bigint: true }), name)
    handle = await open(at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0))
    const opened = await handle.stat({ bigint: true })
    refuseIrregular(opened, name)
    await refuseMadeUp(handle, opened, name)
    return { handle, opened }
  } catch (error) {
    await handle?.close()
    throw systemError(error, name, await didYouMean(error, path))
  }
}

/** The source over an open file. Closing the source closes the handle. */
export function handleSource(handle: FileHandle, opened: BigIntStats, name: string): ByteSource {
  const size = Number(opened.size)
  return {
    name,
    size,
    links: Number(opened.nlink),
    async read(offset, length) {
      checkRange(name, size, offset, length)
      try {
        const bytes = await readExactly(handle, offset, length, name, size)
        refuseChanged(await handle.stat({ bigint: true }), opened, name)
        return bytes
      } catch (error) {
        throw systemError(error, name)
      }
    },
    async close() {
      await handle.close()
    },
  }
}

async function readExactly(
  handle: FileHandle,
  offset: number,
  length: number,
  name: string,
  size: number,
): Promise<Uint8Array> {
  const bytes = allocate(length, name)
  let done = 0
  while (done < length) {
    const want = Math.min(length - done, chunkBytes)
    const { bytesRead } = await handle.read(bytes, done, want, offset + done)
    if (bytesRead === 0) {
      const now = (await handle.stat()).size
      throw changed(
        name,
        `it ended at ${Math.min(now, offset + done)}, and was ${size} bytes long when opened`,
      )
    }
    done += bytesRead
  }
  return bytes
}

function allocate(length: number, name: string): Uint8Array {
  try {
    return new Uint8Array(length)
  } catch (error) {
    throw new SdinspectError('source/io', `${length} bytes do not fit in memory at once`, {
      file: name,
      cause: error,
    })
  }
}

function refuseChanged(now: BigIntStats, opened: BigIntStats, name: string): void {
  if (now.size !== opened.size) {
    throw changed(name, `it is ${now.size} bytes long, and was ${opened.size} when opened`)
  }
  if (now.mtimeNs !== opened.mtimeNs) throw changed(name, 'it was written to')
}

function changed(name: string, what: string): SdinspectError {
  return new SdinspectError('source/changed', `the file changed while it was read: ${what}`, {
    file: name,
    hint: 'wait until the program that writes it is done, then try again',
  })
}

function refuseIrregular(stats: BigIntStats, name: string): void {
  if (stats.isFile()) return
  const kind = stats.isDirectory()
    ? 'a folder'
    : stats.isFIFO()
      ? 'a named pipe'
      : stats.isSocket()
        ? 'a socket'
        : stats.isCharacterDevice() || stats.isBlockDevice()
          ? 'a device'
          : 'no regular file'
  throw new SdinspectError('source/not-a-file', `the file is ${kind}, and a regular file is needed`, {
    file: name,
    hint: stats.isFIFO() ? 'read a pipe through standard input: give - as the path' : undefined,
  })
}

/** Files of /proc claim 0 bytes and still have some: their size cannot be relied on. */
async function refuseMadeUp(handle: FileHandle, stats: BigIntStats, name: string): Promise<void> {
  if (stats.size > 0n) return
  const { bytesRead } = await handle.read(new Uint8Array(1), 0, 1, 0)
  if (bytesRead === 0) return
  const now = await handle.stat({ bigint: true })
  if (now.size > 0n) throw changed(name, `it is ${now.size} bytes long, and was 0 when opened`)
  throw new SdinspectError(
    'source/not-a-file',
    'the file claims to be 0 bytes long and holds some: the operating system makes it up as it is read',
    { file: name, hint: 'copy it to a regular file first' },
  )
}

/** For a missing file: what its folder has that is spelt nearly the same, or where the link led. */
async function didYouMean(error: unknown, path: string | Uint8Array): Promise<string | undefined> {
  if (systemErrorCode(error) !== 'ENOENT' || typeof path !== 'string') return undefined
  if (path.includes('\ufffd')) {
    return 'its name is not UTF-8 and cannot be given on the command line here: give its folder instead'
  }
  try {
    const names = await readdir(dirname(path))
    if (names.includes(basename(path))) return await brokenLink(path)
    const near = nearest(basename(path), names)
    return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`
  } catch {
    // The folder is missing or closed as well: the first error says enough.
    return undefined
  }
}

async function brokenLink(path: string): Promise<string> {
  const target = await readlink(path)
  return `it is a link to ${JSON.stringify(target)}, which does not exist: finish the download, or restore the file it leads to`
}

function asBuffer(path: Uint8Array): Buffer {
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength)
}
