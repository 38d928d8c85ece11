import { bytesText, count, nameForOutput } from '../render/text.ts'
import { cutMiddle } from '../render/width.ts'
import type { Progress } from '../source/watch.ts'
import type { Sink } from './io.ts'

/** Milliseconds of work that nobody needs to be told of. */
const shownAfter = 500
const shownEvery = 100
/** Back to the start of the line, and all of it erased: ECMA-48 EL. */
const erased = '\r\u001b[2K'

/**
 * One line on a terminal that says how far reading is, while it takes long, and leaves no trace. From `begin` to `erase`: what is
 * read of a file that stays open is for who reads it to tell.
 */
export class ProgressLine {
  readonly #sink: Sink
  readonly #ascii: boolean
  /** null while nobody waits. */
  #begun: number | null = null
  #shownAt: number | null = null

  constructor(sink: Sink, ascii: boolean) {
    this.#sink = sink
    this.#ascii = ascii
  }

  begin(): void {
    this.#begun = Date.now()
  }

  show({ path, filesDone, files, bytesRead }: Progress): void {
    const now = Date.now()
    if (this.#begun === null || now - this.#begun < shownAfter) return
    if (this.#shownAt !== null && now - this.#shownAt < shownEvery) return
    this.#shownAt = now
    const counts = files > 1 ? `${count(filesDone)} of ${count(files)} files, ` : ''
    const facts = `, ${counts}${bytesText(bytesRead)} read`
    const room = (this.#sink.columns ?? 80) - 1 - 'reading '.length - facts.length
    const mark = this.#ascii ? '...' : '…'
    const name = room < 10 ? '' : cutMiddle(nameForOutput(path, this.#ascii), room, mark)
    this.#write(`${erased}reading ${name}${facts}`)
  }

  erase(): void {
    this.#begun = null
    if (this.#shownAt === null) return
    this.#shownAt = null
    this.#write(erased)
  }

  #write(text: string): void {
    // Nobody waits: what is written next comes after it all the same.
    this.#sink.write(text).catch(() => {})
  }
}
