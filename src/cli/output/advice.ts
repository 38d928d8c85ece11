import type { ErrorCode, SdinspectError } from '../../errors.ts'

const again = 'download or save it again, and compare its SHA-256 with the one of its source'

/** What to do about an error whose place knows nothing better. */
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

/** What a person can do about an error, one sentence without a full stop; undefined where its message says it. */
export function adviceOn({ code, hint, file }: SdinspectError): string | undefined {
  if (hint !== undefined) return hint
  // Of an address the folder that somebody is in has nothing to say.
  if (code === 'source/not-found' && file?.includes('://'))
    return 'look at the spelling of the address, and whether it needs a token or has run out'
  return byCode[code]
}
