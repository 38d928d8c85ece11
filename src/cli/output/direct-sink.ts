import { fstatSync, statSync, writeSync } from 'node:fs'
import type { Sink } from '../io.ts'
import { writeError } from './stream-sink.ts'

/**
 * A standard stream that is a file, a pipe or the null device, written to without the streams of Node, whose loading
 * takes as long as reading a header. A write waits for the reader.
 *
 * @param fd 1 or 2
 * @returns null for anything else: a terminal, a socket, Windows
 */
export function directSink(fd: number): Sink | null {
  if (!isPlain(fd)) return null
  return {
    isTTY: false,
    columns: undefined,
    async write(text) {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) {
        const written = tryWrite(fd, bytes, at)
        at += written ?? 0
        if (written === null) await new Promise((resolve) => setTimeout(resolve, 1))
      }
    },
  }
}

/** How many bytes were taken; null for a full pipe that somebody who shares it has made one that does not wait. */
function tryWrite(fd: number, bytes: Buffer, at: number): number | null {
  try {
    return writeSync(fd, bytes, at)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null
    throw writeError(error as NodeJS.ErrnoException)
  }
}

function isPlain(fd: number): boolean {
  if (process.platform === 'win32') return false
  try {
    const found = fstatSync(fd)
    return (
      found.isFile() ||
      found.isFIFO() ||
      (found.isCharacterDevice() && found.rdev === statSync('/dev/null').rdev)
    )
  } catch {
    return false
  }
}
