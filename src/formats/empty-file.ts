import { SdinspectError } from '../errors.ts'

/** No pointer, and no part of a file either: it was made and not written. */
export function emptyFile(): SdinspectError {
  return new SdinspectError('format/empty', 'the file is empty (0 bytes)', {
    hint: 'nothing was written to it: download or save it again',
  })
}
