import { SdinspectError } from '../../src/errors.ts'
import { containedName } from '../../src/source/contained-name.ts'
import type { ByteSource, Place } from '../../src/source/source.ts'

/**
 * A server far away: what is asked for arrives together, when nobody has anything more to ask for before he gets an
 * answer. Each such wave is a round.
 */
export class Distance {
  /** Of each round: how many reads, and bytes. */
  readonly rounds: { reads: number; bytes: number }[] = []
  opened = 0
  closed = 0
  readonly #failAt: number
  #waiting: { bytes: number; go: () => void }[] = []
  #asked = 0

  /** @param failAt the number of the read that fails, counted from 0 in the order they are asked for */
  constructor(failAt = -1) {
    this.#failAt = failAt
  }

  get reads(): number {
    return this.rounds.reduce((sum, { reads }) => sum + reads, 0)
  }

  get bytes(): number {
    return this.rounds.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  source(bytes: Uint8Array, name: string): ByteSource {
    return {
      name,
      size: bytes.length,
      remote: true,
      read: async (offset, length) => {
        if (offset + length > bytes.length)
          throw new SdinspectError('format/truncated', 'past the end', { file: name, offset })
        const fails = this.#asked++ === this.#failAt
        await this.#trip(length)
        if (fails) throw new SdinspectError('source/io', 'injected', { file: name })
        return bytes.slice(offset, offset + length)
      },
      close: async () => {
        this.closed++
      },
    }
  }

  /** A folder of files that cannot be listed. Opening one takes no time: its first bytes will show what it is. */
  place(files: ReadonlyMap<string, Uint8Array>, name = 'far'): Place {
    return {
      name,
      list: async () => null,
      open: async (fileName) => {
        const bytes = files.get(containedName(fileName).join('/'))
        if (bytes === undefined)
          throw new SdinspectError('source/not-found', 'the file does not exist', { file: fileName })
        this.opened++
        return this.source(bytes, `${name}/${fileName}`)
      },
    }
  }

  async #trip(bytes: number): Promise<void> {
    await new Promise<void>((go) => {
      if (this.#waiting.length === 0) void this.#release()
      this.#waiting.push({ bytes, go })
    })
  }

  async #release(): Promise<void> {
    // Until nothing more was asked for while everybody had a few turns.
    for (let known = -1; known !== this.#waiting.length; ) {
      known = this.#waiting.length
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const wave = this.#waiting
    this.#waiting = []
    this.rounds.push({ reads: wave.length, bytes: wave.reduce((sum, { bytes }) => sum + bytes, 0) })
    for (const { go } of wave) go()
  }
}
