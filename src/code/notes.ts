import type { Level } from '../model/verdict.ts'

/** What is not certain of a line: each note once, by number. */
export class NoteTexts {
  readonly texts: string[] = []
  readonly #ids = new Map<string, number>()

  id(text: string): number {
    let id = this.#ids.get(text)
    if (id === undefined) {
      id = this.texts.push(text) - 1
      this.#ids.set(text, id)
    }
    return id
  }
}

/** Whether an answer of this level needs to be told from a fact. */
export function isCertain(level: Level): boolean {
  return level === 'declared' || level === 'deduced'
}
