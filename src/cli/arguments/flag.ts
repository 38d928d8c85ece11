import { SdinspectError } from '../../errors.ts'

/** What the parser has for a flag: nothing, that it is there (false: `--no-…`), its text, or all its texts. */
export type RawValue = undefined | boolean | string | readonly string[]

/**
 * What a word of a command line is one of, where that is no short list: rules, safety limits; names in the checkpoint that
 * is on the command line already.
 */
export type Completes = 'rules' | 'limits' | 'state-dicts' | 'tensors'

/** A flag as help, completion and the parser know it, and what its value means. */
export interface Flag<Value = unknown> {
  readonly long: string
  readonly short?: string
  /** How help names its value; absent for a switch. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** Other spellings of choices. */
  readonly spellings?: Readonly<Record<string, string>>
  /** What its value begins with, of which there are too many for the parser's messages. */
  readonly completes?: Completes
  /** What it is without the flag, where that is a word. */
  readonly fallback?: string
  /** May be given more than once. */
  readonly repeatable?: true
  readonly help: string
  /** @throws SdinspectError `usage/arguments` for a value that makes no sense */
  read(raw: RawValue): Value
}

type About = Pick<Flag, 'long' | 'short' | 'help'>
type Valued = About & { readonly value: string } & Pick<Flag, 'completes'>

/** On when it is given. */
export function toggle(about: About): Flag<boolean> {
  return { ...about, read: (raw) => raw === true }
}

/** On unless it is given: `--no-fold`. */
export function untoggle(about: About): Flag<boolean> {
  return { ...about, read: (raw) => raw !== false }
}

/** Another spelling of a value of another flag, which is where the parser puts it. */
export function alias(about: About): Flag<never> {
  return { ...about, read: (raw) => raw as never }
}

export function text<Default extends string | null>(
  about: Valued,
  fallback: Default,
): Flag<string | Default> {
  return {
    ...about,
    ...(fallback === null ? {} : { fallback }),
    read: (raw) => (typeof raw === 'string' ? raw : fallback),
  }
}

/** Every text it was given, in order. */
export function texts(about: Valued): Flag<readonly string[]> {
  return { ...about, repeatable: true, read: listed }
}

/** One of `choices`, which the parser sees to. */
export function oneOf<const Choice extends string, Default extends Choice | null>(
  about: Valued & { readonly choices: readonly Choice[] } & Pick<Flag, 'spellings'>,
  fallback: Default,
): Flag<Choice | Default> {
  return {
    ...about,
    ...(fallback === null ? {} : { fallback }),
    read: (raw) => (typeof raw === 'string' ? (raw as Choice) : fallback),
  }
}

/** A whole number, or null. */
export function wholeNumber(about: Valued): Flag<number | null> {
  return { ...about, read: (raw) => (typeof raw === 'string' ? readWholeNumber(about.long, raw) : null) }
}

/** The texts of a flag that may be given more than once. */
export function listed(raw: RawValue): readonly string[] {
  return typeof raw === 'object' ? raw : []
}

/** @throws SdinspectError `usage/arguments` */
export function readWholeNumber(what: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw usage(`${what} takes a whole number, not ${JSON.stringify(text)}`)
}

export function usage(message: string, hint?: string): SdinspectError {
  return new SdinspectError('usage/arguments', message, { hint })
}
