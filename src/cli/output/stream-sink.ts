import type { WriteStream } from 'node:tty'
import { SdinspectError } from '../../errors.ts'
import { ClosedPipe, type Sink } from '../io.ts'

/** A standard stream of the process. */
export function streamSink(stream: NodeJS.WriteStream & { readonly fd?: number }): Sink {
  // Errors come through the callback of each write; without a listener they would also be thrown.
  stream.on('error', () => {})
  return {
    isTTY: stream.isTTY === true,
    columns: (stream as WriteStream).columns,
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error === undefined || error === null) resolve()
          else reject(writeError(error))
        })
      }),
  }
}

/** What a failed write means. */
export function writeError(error: NodeJS.ErrnoException): Error {
  // Windows says EOF or EINVAL where others say EPIPE.
  if (error.code === 'EPIPE' || error.code === 'EOF' || error.code === 'ERR_STREAM_DESTROYED')
    return new ClosedPipe('the reader of the output has closed it', { cause: error })
  const full = error.code === 'ENOSPC'
  return new SdinspectError(
    'source/io',
    `the output could not be written: ${full ? 'no space is left' : (error.code ?? error.message)}`,
    {
      cause: error,
      hint: full ? 'free space where the output goes, or write it elsewhere with --output' : undefined,
    },
  )
}
