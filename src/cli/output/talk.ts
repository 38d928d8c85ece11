import { isSdinspectError } from '../../errors.ts'
import { printable } from '../../render/text.ts'
import { Interrupted, type Sink } from '../io.ts'

/** What is said beside the answer, on standard error. The single place where an error becomes text. */
export class Talk {
  readonly #sink: Sink
  readonly #ascii: boolean

  constructor(sink: Sink, ascii = false) {
    this.#sink = sink
    this.#ascii = ascii
  }

  /** `path` is the input concerned, as the user gave it, where there is one. */
  async error(error: unknown, path: string | null = null): Promise<void> {
    // Who pressed the keys knows.
    if (error instanceof Interrupted) return
    if (!isSdinspectError(error)) return this.bug(error)
    const file = error.file ?? path
    const lines = [`${file === null ? '' : `${this.#shown(file)}: `}${this.#shown(error.message)}`]
    const { hint } = error.within({ file: path ?? undefined })
    if (hint !== undefined) lines.push(`  hint: ${this.#shown(hint)}`)
    await this.#write(lines)
  }

  /** Something to know beside the answer, that is no error. */
  async note(text: string): Promise<void> {
    await this.#write([this.#shown(text)])
  }

  /** Something that never should happen, whatever the input. */
  async bug(error: unknown): Promise<void> {
    const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error)
    const lines = stack.split('\n').map((line) => `  ${this.#shown(line)}`)
    await this.#write(['this is a bug in sdinspect, please report it with the lines below', ...lines])
  }

  async #write(lines: readonly string[]): Promise<void> {
    // Nobody left to tell is no reason to change the verdict.
    await this.#sink.write(await this.#fitted(`sdinspect: ${lines.join('\n')}\n`)).catch(() => {})
  }

  /** As wide as the terminal at most: some terminals cut what is longer, and all of them break it inside words. */
  async #fitted(text: string): Promise<string> {
    const columns = this.#sink.isTTY ? this.#sink.columns || 80 : null
    if (columns === null || text.length <= columns) return text
    const { linesWithin } = await import('../../render/terminal/lines-within.ts')
    return [...linesWithin(text.split('\n'), { columns })].join('\n')
  }

  #shown(text: string): string {
    return printable(text, this.#ascii)
  }
}
