/**
 * Every way sdinspect can refuse, by code. The part before the slash is who can act: `usage` the person
 * typing, `source` the disk or network, `format` whoever wrote the file, `limit` whoever set the limit,
 * `unsupported` sdinspect, `internal` a bug in sdinspect.
 */
export const errorCodes = {
  'usage/arguments': 'The command line or the call does not make sense.',
  'usage/pattern': 'A pattern breaks the rules of the pattern language.',
  'usage/policy': 'The policy breaks the rules of policies.',
  'usage/state-dict': 'The state dict asked for is not in the checkpoint.',
  'usage/lock': 'The lock file breaks a rule of its format, or is not there.',
  'usage/no-values': 'The tensor asked for has no values that could be read.',
  'usage/closed': 'The checkpoint was closed before it was read.',
  'source/not-found': 'The file or folder does not exist.',
  'source/permission': 'The operating system does not allow reading it.',
  'source/not-a-file': 'It is a pipe, socket, device or other thing that is not a regular file.',
  'source/no-checkpoint': 'The folder holds no checkpoint.',
  'source/short-read': 'Fewer bytes arrived than were asked for, or more.',
  'source/changed': 'The file changed while it was being read.',
  'source/outside': 'A file name from an index leads outside the folder of the checkpoint.',
  'source/unread': 'A file that may hold weights, or a part of one, was not read.',
  'source/io': 'The operating system failed to read or write.',
  'source/network': 'The server or the network failed, or the answer is not what was asked for.',
  'source/no-ranges': 'The server gives no ranges of the file, and all of it is over a limit.',
  'format/empty': 'The file holds no bytes.',
  'format/pointer': 'The file is a pointer to the real file (Git LFS, DVC), not the file.',
  'format/web-page': 'The file is an HTML or XML page, usually what a server sent in place of the file.',
  'format/unknown': 'The bytes are of no format sdinspect knows.',
  'format/truncated': 'The file ends before the structure it announces does.',
  'format/malformed': 'The bytes break a rule of the format.',
  'limit/exceeded': 'A size announced by the input is over a safety limit.',
  'unsupported/format': 'The format is recognised, and sdinspect does not read it.',
  'unsupported/feature': 'The format is read, and this part of it is not.',
  'internal/bug': 'Something happened that never should: a bug in sdinspect.',
} as const satisfies Record<string, string>

export type ErrorCode = keyof typeof errorCodes

const again = 'download or save it again, and compare its SHA-256 with the one of its source'

/** What to do about an error where whoever raised it knows nothing better. */
const byCode: Partial<Record<ErrorCode, string>> = {
  'source/not-found': 'look at its spelling, and at the folder you are in: paths begin there',
  'source/not-a-file': 'give a file; - reads standard input',
  'source/short-read': 'try again; if it stays so, copy or download the file again',
  'source/changed': 'try again when nothing writes to it',
  'source/network': 'try again, or download the file and give that',
  'format/truncated': `it is cut off: ${again}`,
  'format/malformed': again,
  'format/unknown': `give the file of the weights; if this is one, ${again}`,
  'unsupported/format': 'give a file of weights',
}

/** Of an address the folder that somebody is in has nothing to say. */
const notFoundAtAddress = 'look at the spelling of the address, and whether it needs a token or has run out'

/** Where an error is, as far as the layer that raised it knew. Each layer above adds what it knows. */
export interface ErrorPlace {
  /** The file, as the user named it. */
  readonly file?: string | undefined
  /** Byte offset in that file. */
  readonly offset?: number | undefined
  /** The tensor, metadata key or JSON path concerned. */
  readonly tensor?: string | undefined
  /** What to do about it, one sentence without a full stop. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/**
 * The one error class. `message` is one line: what was being read, where, what was found, what was
 * expected. It may quote text of the file, so a writer must escape it (`render/text.ts`). As a string it says the file
 * and the hint too.
 */
export class SdinspectError extends Error {
  override readonly name = 'SdinspectError'
  readonly code: ErrorCode
  readonly file: string | undefined
  readonly offset: number | undefined
  readonly tensor: string | undefined
  /** What a person can do about it, one sentence without a full stop; undefined where the message says it. */
  readonly hint: string | undefined
  readonly #hint: string | undefined

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.code = code
    this.file = place.file
    this.offset = place.offset
    this.tensor = place.tensor
    this.#hint = place.hint
    const isAddress = code === 'source/not-found' && place.file?.includes('://') === true
    this.hint = place.hint ?? (isAddress ? notFoundAtAddress : byCode[code])
  }

  /** The hint of whoever raised it, which knows more than its code says. */
  get ownHint(): string | undefined {
    return this.#hint
  }

  override toString(): string {
    const file = this.file === undefined ? '' : `${this.file}: `
    return `${this.name} [${this.code}]: ${file}${this.message}${this.hint === undefined ? '' : ` (hint: ${this.hint})`}`
  }

  /** The same error with what an outer layer knows. What is already known stays. */
  within(place: ErrorPlace): SdinspectError {
    return new SdinspectError(this.code, this.message, {
      file: this.file ?? place.file,
      offset: this.offset ?? place.offset,
      tensor: this.tensor ?? place.tensor,
      hint: this.#hint ?? place.hint,
      cause: this.cause ?? place.cause,
    })
  }
}

/** Whether `error` is an {@link SdinspectError}, of `code` if one is given. */
export function isSdinspectError<C extends ErrorCode>(
  error: unknown,
  code?: C,
): error is SdinspectError & { code: C } {
  return error instanceof SdinspectError && (code === undefined || error.code === code)
}

/** Text of a file for a message: as JSON quotes it, its middle cut out when it is long. A writer still escapes it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 200 ? text : `${text.slice(0, 120)}…${text.slice(-60)}`)
}
