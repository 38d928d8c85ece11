import { quoted } from '../errors.ts'
import { type AboutOn, entry } from './entry.ts'

/** How many names have the same oddity; the finding is about the first of them. */
type Names = { count: number }

const names = ({ count }: Names, { tensor }: AboutOn<'tensor'>, what: string): string =>
  `${count === 1 ? 'a tensor name' : `${count} tensor names, the first one`} ${what}: ${quoted(tensor)}`

/** What an error says, and what it says to do. */
type Problem = { problem: string; hint: string | null }

export const formatFindings = {
  'file/not-a-pointer': entry({
    level: 'error',
    message: ({ problem }: Problem) => problem,
    fixOf: ({ hint }) => hint,
  }),
  'format/control-in-name': entry({
    level: 'warning',
    message: (args: Names, about) => names(args, about, 'has control characters in it'),
    about: ['tensor'],
  }),
  'format/empty-name': entry({
    level: 'warning',
    message: (args: Names, about) => names(args, about, 'is empty'),
    about: ['tensor'],
  }),
  'format/huge-dimension': entry({
    level: 'warning',
    message: ({ type }: { type: string }, { tensor }) =>
      `tensor ${quoted(tensor)} is ${type}: it has no elements, and a dimension past 2^53-1 that is shown rounded`,
    about: ['tensor'],
  }),
  'format/invisible-in-name': entry({
    level: 'warning',
    message: (args: Names, about) =>
      names(args, about, 'has invisible or direction-changing characters in it'),
    about: ['tensor'],
  }),
  'format/leading-whitespace': entry({
    level: 'warning',
    message: () =>
      'the header begins with white space; the format says it must begin with "{", and other readers may refuse it',
  }),
  'format/names-look-equal': entry({
    level: 'warning',
    message: (args: Names, about) =>
      names(args, about, 'is equal to another after Unicode normalisation (NFC)'),
    about: ['tensor'],
  }),
  'format/null-metadata': entry({
    level: 'warning',
    message: () => '"__metadata__" is null, where the format asks for an object',
  }),
  'format/unknown-field': entry({
    level: 'warning',
    message: ({ field }: { field: string }, { tensor }) =>
      `tensor ${quoted(tensor)} has the field ${quoted(field)}, which the format does not have`,
    about: ['tensor'],
  }),
  'format/valid': entry({
    level: 'error',
    message: ({ problem }: Problem) => problem,
    fixOf: ({ hint }) => hint,
  }),
  'format/wrong-name': entry({
    level: 'warning',
    message: ({ ending, is }: { ending: string; is: string; isTrusted: boolean }) =>
      `the file is called ${ending}, and its bytes are ${is}`,
    // A file called .safetensors is trusted not to be a pickle.
    levelOf: ({ isTrusted }) => (isTrusted ? 'error' : 'warning'),
    fixOf: 'give it the name of what it is: loaders go by the name',
  }),
}
