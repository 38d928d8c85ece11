/** What a number of a template is, as a parameter would be called: `in_features`. */
export type Role = string

/**
 * Python text with its whole numbers left open. Two blocks of a model whose templates have the same text are one class,
 * and the numbers they differ in are its parameters.
 */
export class Template {
  /** What stands around the numbers: one more than there are numbers. */
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
  readonly roles: readonly Role[]

  constructor(texts: readonly string[], numbers: readonly number[], roles: readonly Role[]) {
    this.texts = texts
    this.numbers = numbers
    this.roles = roles
  }

  /** The text alone: the same for two templates that differ in numbers only. */
  get key(): string {
    return this.texts.join(open)
  }

  /** The text with what `write` makes of each number. */
  written(write: (number: number, index: number) => string): string {
    return this.texts
      .map((text, i) => text + (i < this.numbers.length ? write(this.numbers[i] as number, i) : ''))
      .join('')
  }

  toString(): string {
    return this.written(String)
  }
}

/** Stands for a number in a key: in no Python text that is made here. */
const open = '\u0000'

/** A number left open. */
export function hole(number: number, role: Role): Template {
  return new Template(['', ''], [number], [role])
}

/** Pieces one after the other. */
export function joined(pieces: readonly (string | Template)[], separator = ''): Template {
  const texts: string[] = ['']
  const numbers: number[] = []
  const roles: Role[] = []
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
  }
  return new Template(texts, numbers, roles)
}

/** Pieces in parentheses, as a call or a tuple has them. */
export function listed(pieces: readonly (string | Template)[]): Template {
  return joined(['(', joined(pieces, ', '), ')'])
}
