import { bytesText } from '../../model/bytes-text.ts'
import { count, nameForOutput } from '../../render/text.ts'
import { cutMiddle } from '../../render/width.ts'
import type { Progress } from '../../source/watch.ts'
import type { Sink } from '../io.ts'

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
  /** Read when this work began. */
  #bytesAtFirst: number | null = null

  constructor(sink: Sink, ascii: boolean) {
    this.#sink = sink
    this.#ascii = ascii
  }

  begin(): void {
    this.#begun = Date.now()
    this.#bytesAtFirst = null
  }

  /** `, 1.20 GB/s, 14 s left`: of what was read since work began. */
  #speedText(now: number, bytesRead: number, bytesExpected: number | undefined): string {
    const seconds = (now - (this.#begun ?? now)) / 1_000
    const rate = (bytesRead - (this.#bytesAtFirst ?? bytesRead)) / seconds
    if (!(rate > 0)) return ''
    const left = bytesExpected === undefined ? null : (bytesExpected - bytesRead) / rate
    const time = left === null || left < 0 ? '' : `, ${timeText(left)} left`
    return `, ${bytesText(rate)}/s${time}`
  }

  show({ path, filesDone, files, bytesRead, bytesExpected }: Progress): void {
    const now = Date.now()
    // What was read before has its own time.
    if (this.#begun !== null && (this.#bytesAtFirst === null || bytesRead < this.#bytesAtFirst))
      this.#bytesAtFirst = bytesRead
    if (this.#begun === null || now - this.#begun < shownAfter) return
    if (this.#shownAt !== null && now - this.#shownAt < shownEvery) return
    this.#shownAt = now
    const counts = files > 1 ? `${count(filesDone)} of ${count(files)} files, ` : ''
    const of = bytesExpected === undefined ? '' : ` of ${bytesText(bytesExpected)}`
    const read = `, ${counts}${bytesText(bytesRead)}${of} read`
    const roomBeside = (facts: string) => (this.#sink.columns ?? 80) - 1 - 'reading '.length - facts.length
    const all = read + this.#speedText(now, bytesRead, bytesExpected)
    // Where there is no room for all, how fast it is goes first.
    const facts = roomBeside(all) < 10 ? read : all
    const room = roomBeside(facts)
    const mark = this.#ascii ? '...' : '…'
    const name = room < 10 ? '' : cutMiddle(nameForOutput(path, this.#ascii), room, mark)
    this.#write(`${erased}reading${name === '' ? '' : ` ${name}`}${facts}`)
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

function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5_400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}
