import { hashWith, Interner, noHash } from '../tensors/hash.ts'

/**
 * The segments of dotted names, each once: a model of 700,000 tensors has a thousand. A segment is looked up by
 * its code units where they stand, so no text is made of one that is known.
 */
export class Segments extends Interner {
  /** By id. */
  readonly texts: string[] = []
  #units: Uint8Array | Uint16Array = new Uint8Array(0)
  #begin = 0
  #end = 0

  protected isSame(id: number): boolean {
    const text = this.texts[id] as string
    const length = this.#end - this.#begin
    if (text.length !== length) return false
    for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== this.#units[this.#begin + i]) return false
    return true
  }

  /** The id of the segment at these units, a new one when there is none. `hash` is of its units. */
  idOfUnits(units: Uint8Array | Uint16Array, begin: number, end: number, hash: number): number {
    this.#units = units
    this.#begin = begin
    this.#end = end
    const found = this.find(hash)
    if (found >= 0) return found
    const id = this.add(hash)
    this.texts.push(textOf(units, begin, end))
    return id
  }

  /** The id of a segment; -1 when there is none. */
  idOf(text: string): number {
    const units = new Uint16Array(text.length)
    let hash = noHash
    for (let i = 0; i < text.length; i++) {
      units[i] = text.charCodeAt(i)
      hash = hashWith(hash, units[i] as number)
    }
    this.#units = units
    this.#begin = 0
    this.#end = text.length
    return this.find(hash)
  }
}

/** Eight units at a time: most segments are short, and a view and a list of arguments for each cost four times as much. */
function textOf(units: Uint8Array | Uint16Array, begin: number, end: number): string {
  let text = ''
  let at = begin
  for (; at + 8 <= end; at += 8)
    text += String.fromCharCode(
      units[at] as number,
      units[at + 1] as number,
      units[at + 2] as number,
      units[at + 3] as number,
      units[at + 4] as number,
      units[at + 5] as number,
      units[at + 6] as number,
      units[at + 7] as number,
    )
  for (; at < end; at++) text += String.fromCharCode(units[at] as number)
  return text
}
