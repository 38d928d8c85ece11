import { quoted } from '../errors.ts'
import { entry } from './entry.ts'

export const zipFindings = {
  'zip/checksum': entry({
    level: 'error',
    message: ({ entry }: { entry: string }) =>
      `the bytes of ${quoted(entry)} do not have the checksum the archive states`,
    fixOf: 'fetch the file again: it was damaged or changed after it was written',
    about: ['file'],
  }),
  'zip/name-case': entry({
    level: 'warning',
    message: ({ entry, taken }: { entry: string; taken: string }) =>
      `the entry ${quoted(entry)} is taken for ${quoted(taken)}, as torch takes it`,
    about: ['file'],
  }),
  'zip/stray-bytes': entry({
    level: 'warning',
    message: ({ bytes }: { bytes: number }) =>
      `${bytes} bytes between the entries of the archive belong to none of them`,
    about: ['file'],
  }),
  'zip/trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes }: { bytes: number }) =>
      `${bytes} bytes follow the end of the archive and belong to nothing in it`,
    about: ['file'],
  }),
}
