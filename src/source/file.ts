import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  read as readWithCallback,
  statSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { SdinspectError } from '../errors.ts'
import { nearest } from '../model/names/edit-distance.ts'
import { checkRange } from './memory.ts'
import type { ByteSource, SharedFile } from './source.ts'
import { systemError, systemErrorCode } from './system-error.ts'

/** Bytes the operating system is asked for at once: Node refuses reads of 2^31 and more. */
const chunkBytes = 1 << 30

/**
 * Reads up to this are made without leaving this thread: waking another costs more than reading a header from a
 * local disk, and the first time as much as a tenth of Node's own start.
 */
const atOnceBytes = 262_144

/**
 * What is read whole and is at least so large becomes objects in the heap, about as much again: Node ends without a
 * word where it has no room for them.
 */
const largeBytes = 16 << 20
const heapForByte = 1.5

/** @throws SdinspectError `limit/exceeded` where the heap has no room for what is made of so many bytes */
async function refuseWithoutMemory(length: number, name: string): Promise<void> {
  const { getHeapStatistics } = await import('node:v8')
  const { heap_size_limit: most, used_heap_size: used } = getHeapStatistics()
  const room = Math.max(0, most - used)
  if (length * heapForByte <= room) return
  throw new SdinspectError(
    'limit/exceeded',
    `${length} bytes are to be read at once, and Node's heap has room for ${room}`,
    {
      file: name,
      hint: `give Node more memory: NODE_OPTIONS=--max-old-space-size=${Math.ceil((4 * length) / 2 ** 20)}`,
    },
  )
}

const readElsewhere = promisify(readWithCallback)

/**
 * A regular file. It is opened once and read through that one descriptor, so a file that is replaced meanwhile is
 * still read as it was, and one that is written to meanwhile is noticed (`source/changed`).
 *
 * @param name how messages call it, the path where not given
 * @throws SdinspectError `source/not-found`, `source/permission`, `source/not-a-file`, `source/io`
 */
export async function fileSource(path: string, name = path): Promise<ByteSource> {
  return openFileSource(openRegular(path, name), name)
}

/** What is at a path. Links are followed; what cannot be asked after is `missing`: opening it says why. */
export function pathKind(path: string): 'folder' | 'file' | 'missing' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file'
  } catch {
    return 'missing'
  }
}

/** An open regular file, and all that the system said of it when it was opened. */
export interface OpenFile extends SharedFile {
  readonly opened: BigIntStats
}

/**
 * Opens `path` if it is a regular file, without waiting for the other end of a pipe.
 *
 * @param path as bytes where the name is not UTF-8
 */
export function openRegular(path: string | Uint8Array, name: string): OpenFile {
  if (typeof path === 'string' && path.includes('\0')) {
    throw new SdinspectError(
      'source/not-found',
      'the path holds a NUL character, and no file can be called so',
      { file: name },
    )
  }
  const at = typeof path === 'string' ? path : asBuffer(path)
  try {
    // Opening alone can do things to a device, so the kind is asked first, and again of what was opened.
    refuseIrregular(statSync(at, { bigint: true }), name)
    return openAs(at, name, 0)
  } catch (error) {
    throw systemError(error, name, didYouMean(error, path))
  }
}

/** Whether the system can be told to open no link. */
export const canRefuseLinks = constants.O_NOFOLLOW !== undefined

/**
 * Opens what a listing has just called a regular file; null when it is a link by now. No link is followed, so it
 * is where its path says, in a folder whose own path is real.
 */
export function openUnlinked(path: string, name: string): OpenFile | null {
  try {
    return openAs(path, name, constants.O_NOFOLLOW)
  } catch (error) {
    if (systemErrorCode(error) === 'ELOOP') return null
    throw systemError(error, name)
  }
}

function openAs(path: string | Buffer, name: string, flags: number): OpenFile {
  const quiet = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)
  const descriptor = openSync(path, constants.O_RDONLY | quiet | flags)
  try {
    const opened = fstatSync(descriptor, { bigint: true })
    refuseIrregular(opened, name)
    refuseMadeUp(descriptor, opened, name)
    return { descriptor, opened }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** The source over an open file. Closing the source closes the file, once the reads under way are done. */
export function openFileSource({ descriptor, opened }: SharedFile, name: string): ByteSource {
  const size = Number(opened.size)
  let isClosed = false
  let reads = 0
  let finish = (): void => {}
  return {
    name,
    size,
    links: Number(opened.nlink),
    shared: {
      descriptor,
      opened: { size: opened.size, mtimeNs: opened.mtimeNs, nlink: opened.nlink },
    },
    async read(offset, length, options) {
      checkRange(name, size, offset, length)
      // Its number may be that of another file by now.
      if (isClosed)
        throw new SdinspectError('source/io', 'the file is closed already', { file: name, offset })
      reads++
      try {
        const into = options?.into
        const bytes = into?.length === length ? into : allocate(length, name)
        // Who says where to put it works on it next, and has nothing to do meanwhile.
        const isAtOnce = length <= atOnceBytes || bytes === into
        if (length >= largeBytes && bytes !== into) await refuseWithoutMemory(length, name)
        let done = 0
        while (done < length) {
          const want = Math.min(length - done, chunkBytes)
          const got = isAtOnce
            ? readSync(descriptor, bytes, done, want, offset + done)
            : (await readElsewhere(descriptor, bytes, done, want, offset + done)).bytesRead
          if (got === 0) throw cutOff(descriptor, offset + done, size, name)
          done += got
        }
        refuseChanged(fstatSync(descriptor, { bigint: true }), opened, name)
        return bytes
      } catch (error) {
        throw systemError(error, name)
      } finally {
        if (--reads === 0) finish()
      }
    },
    async close() {
      if (isClosed) return
      isClosed = true
      if (reads > 0) {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
      }
      closeSync(descriptor)
    },
  }
}

function cutOff(descriptor: number, at: number, size: number, name: string): SdinspectError {
  const now = fstatSync(descriptor).size
  return changed(name, `it ended at ${Math.min(now, at)}, and was ${size} bytes long when opened`)
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

function refuseChanged(now: BigIntStats, opened: SharedFile['opened'], name: string): void {
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
function refuseMadeUp(descriptor: number, stats: BigIntStats, name: string): void {
  if (stats.size > 0n || readSync(descriptor, new Uint8Array(1), 0, 1, 0) === 0) return
  const now = fstatSync(descriptor, { bigint: true })
  if (now.size > 0n) throw changed(name, `it is ${now.size} bytes long, and was 0 when opened`)
  throw new SdinspectError(
    'source/not-a-file',
    'the file claims to be 0 bytes long and holds some: the operating system makes it up as it is read',
    { file: name, hint: 'copy it to a regular file first' },
  )
}

/** For a missing file: what its folder has that is spelt nearly the same, or where the link led. */
function didYouMean(error: unknown, path: string | Uint8Array): string | undefined {
  if (systemErrorCode(error) !== 'ENOENT' || typeof path !== 'string') return undefined
  if (path.includes('\ufffd')) {
    return 'its name is not UTF-8 and cannot be given on the command line here: give its folder instead'
  }
  try {
    const names = readdirSync(dirname(path))
    if (names.includes(basename(path))) return brokenLink(path)
    const near = nearest(basename(path), names)
    return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`
  } catch {
    // The folder is missing or closed as well: the first error says enough.
    return undefined
  }
}

function brokenLink(path: string): string {
  const target = readlinkSync(path)
  return `it is a link to ${JSON.stringify(target)}, which does not exist: finish the download, or restore the file it leads to`
}

function asBuffer(path: Uint8Array): Buffer {
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength)
}
