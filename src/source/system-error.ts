import { type ErrorCode, SdinspectError } from '../errors.ts'

interface Meaning {
  readonly code: ErrorCode
  readonly says: string
  readonly hint?: string
}

/** What the operating system's error numbers mean to the person who typed a path. */
const meanings = new Map<string, Meaning>([
  ['ENOENT', { code: 'source/not-found', says: 'does not exist' }],
  ['ENOTDIR', { code: 'source/not-found', says: 'does not exist: a part of its path is no folder' }],
  [
    'EACCES',
    {
      code: 'source/permission',
      says: 'cannot be read: permission denied',
      hint: 'ask its owner for read permission, or check the permissions of the folders above it',
    },
  ],
  [
    'EPERM',
    {
      code: 'source/permission',
      says: 'cannot be read: the operating system does not permit it',
      hint: 'check its permissions and whether a security policy protects it',
    },
  ],
  ['EISDIR', { code: 'source/not-a-file', says: 'is a folder, and a regular file is needed' }],
  ['ENXIO', { code: 'source/not-a-file', says: 'is a socket or device, and a regular file is needed' }],
  ['ENODEV', { code: 'source/not-a-file', says: 'is a device, and a regular file is needed' }],
  [
    'ELOOP',
    {
      code: 'source/io',
      says: 'cannot be opened: its symbolic links go round in a circle',
      hint: 'look at the links with ls -l',
    },
  ],
  [
    'ENAMETOOLONG',
    { code: 'source/io', says: 'cannot be opened: the path is longer than the operating system allows' },
  ],
  [
    'EMFILE',
    {
      code: 'source/io',
      says: 'cannot be opened: this process has too many files open',
      hint: 'raise the limit with ulimit -n, or give fewer files at once',
    },
  ],
  [
    'ENFILE',
    {
      code: 'source/io',
      says: 'cannot be opened: the whole system has too many files open',
      hint: 'close other programs and try again',
    },
  ],
  [
    'EIO',
    {
      code: 'source/io',
      says: 'could not be read: the disk or network drive reported an error',
      hint: 'copy the file again from where it came from, and check the disk',
    },
  ],
  [
    'ESTALE',
    {
      code: 'source/io',
      says: 'could not be read: the network drive no longer knows the file',
      hint: 'try again; the file was probably replaced on the server',
    },
  ],
  [
    'EBUSY',
    {
      code: 'source/io',
      says: 'could not be read: another program has it locked',
      hint: 'wait until the program that writes it is done',
    },
  ],
  ['ETIMEDOUT', { code: 'source/io', says: 'could not be read: the network drive did not answer in time' }],
  ['ENOMEM', { code: 'source/io', says: 'could not be read: the system is out of memory' }],
])

/**
 * An error of the operating system as a sentence about the file `name`. What is no such error comes back as it is: a
 * bug must not be dressed up as a broken disk.
 */
export function systemError(error: unknown, name: string, hint?: string): unknown {
  const number = systemErrorCode(error)
  if (number === undefined) return error
  const meaning = meanings.get(number)
  const { code, says } = meaning ?? {
    code: 'source/io' as const,
    says: `could not be read: the operating system says ${number}`,
  }
  return new SdinspectError(code, `the file ${says}`, {
    file: name,
    hint: hint ?? meaning?.hint,
    cause: error,
  })
}

/** `ENOENT` and the like, of an error the operating system gave. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return 'errno' in error || 'syscall' in error ? error.code : undefined
}
