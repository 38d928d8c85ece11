/** What a number of a template is, as a parameter would be called: `in_features`. */
type Role = string

/** What is not certain of a piece of code, by number of the note. */
export type Notes = ReadonlySet<number>

/**
 * Python text with its whole numbers left open. Two blocks of a model whose templates have the same text are one class,
 * and the numbers they differ in are its parameters.
 */
export class Template {
  /** What stands around the numbers: one more than there are numbers. */
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
  readonly roles: readonly Role[]
  /** For each mark in the text, what is not certain of the call before it. */
  readonly notes: readonly Notes[]

  constructor(
    texts: readonly string[],
    numbers: readonly number[],
    roles: readonly Role[],
    notes: readonly Notes[],
  ) {
    this.texts = texts
    this.numbers = numbers
    this.roles = roles
    this.notes = notes
  }

  /** The text alone: the same for two templates that differ in numbers and notes only. */
  get key(): string {
    return this.texts.join(open)
  }

  /** The text with what `write` makes of each number. */
  written(write: (number: number, index: number) => string): string {
    return this.texts
      .map((text, i) => text + (i < this.numbers.length ? write(this.numbers[i] as number, i) : ''))
      .join('')
  }

  /** Text and numbers, without notes. */
  toString(): string {
    return this.written(String)
  }
}

/** Stands for a number in a key: in no Python text that is made here. */
const open = '\u0000'

/** In a text, where notes belong. Text of a file is in literals, which have no such character. */
export const mark = '\u0005'

/** A number left open. */
export function hole(number: number, role: Role): Template {
  return new Template(['', ''], [number], [role], [])
}

/** A call with what is not certain of it. Calls of which all is certain are marked too: they are the same code. */
export function marked(call: Template, notes: Notes): Template {
  return joined([call, new Template([mark], [], [], [notes])])
}

/** Pieces one after the other. */
export function joined(pieces: readonly (string | Template)[], separator = ''): Template {
  const texts: string[] = ['']
  const numbers: number[] = []
  const roles: Role[] = []
  const notes: Notes[] = []
  const add = (text: string): void => {
    texts[texts.length - 1] = (texts[texts.length - 1] as string) + text
  }
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) add(separator)
    if (typeof piece === 'string') {
      add(piece)
      continue
    }
    for (const [j, text] of piece.texts.entries()) {
      if (j > 0) {
        numbers.push(piece.numbers[j - 1] as number)
        roles.push(piece.roles[j - 1] as Role)
        texts.push('')
      }
      add(text)
    }
    for (const each of piece.notes) notes.push(each)
  }
  return new Template(texts, numbers, roles, notes)
}

/** Pieces in parentheses, as a call or a tuple has them. */
export function listed(pieces: readonly (string | Template)[]): Template {
  return joined(['(', joined(pieces, ', '), ')'])
}

/** One of several with the same text, with what is not certain of any of them. */
export function together(alike: readonly Template[]): Template {
  const [first] = alike as readonly [Template, ...Template[]]
  if (alike.length === 1 || first.notes.length === 0) return first
  const notes = first.notes.map((_, i) => new Set(alike.flatMap((each) => [...(each.notes[i] as Notes)])))
  return new Template(first.texts, first.numbers, first.roles, notes)
}
