import { isSdinspectError } from '../../errors.ts'
import { printable } from '../../render/text.ts'
import { Interrupted, type Sink } from '../io.ts'
import { adviceOn } from './advice.ts'

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
    const advice = adviceOn(error.within({ file: path ?? undefined }))
    if (advice !== undefined) lines.push(`  hint: ${this.#shown(advice)}`)
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
    await this.#sink.write(`sdinspect: ${lines.join('\n')}\n`).catch(() => {})
  }

  #shown(text: string): string {
    return printable(text, this.#ascii)
  }
}
