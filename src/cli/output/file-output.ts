import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, openSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SdinspectError } from '../../errors.ts'
import type { Look } from '../../render/renderer.ts'
import type { ExitCode } from '../io.ts'
import { writeAll } from '../io.ts'
import type { Output } from './output.ts'

/** A file that was asked for, and by what: `--output`, `--report`, `the lock`. */
export interface AskedFile {
  readonly by: string
  readonly path: string
}

/**
 * Runs `command` with an output to a file. It is written under another name in the same folder and
 * renamed when all of it is there, so the file is never half of an answer: not after an error, not after
 * Ctrl-C, not when two runs write it at once. A file that is there is replaced; through a link, the file it
 * leads to is. Where the command writes nothing, nothing is touched.
 *
 * @throws SdinspectError `usage/arguments` when the file is one of `inputs` or no regular file, `source/io`
 */
export async function fileOutput(
  asked: AskedFile,
  inputs: readonly string[],
  look: Look,
  command: (output: Output) => Promise<ExitCode>,
): Promise<ExitCode> {
  const target = await targetOf(asked)
  await refuseInputs(asked, target, inputs)
  const file = new TemporaryFile(target, asked)
  const output: Output = {
    look,
    write: (pieces) => writeAll(file, pieces),
    madeFrom: (paths) => refuseInputs(asked, target, paths),
  }
  try {
    const verdict = await command(output)
    file.commit()
    return verdict
  } finally {
    file.discard()
  }
}

/** The file that its path leads to. */
async function targetOf(asked: AskedFile): Promise<string> {
  const { by, path } = asked
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw unwritable(asked, error)
  })
  if (found === null) return path
  const target = found.isSymbolicLink()
    ? await realpath(path).catch((error) => Promise.reject(unwritable(asked, error)))
    : path
  const kind = found.isSymbolicLink() ? await stat(target) : found
  if (kind.isFile()) return target
  throw new SdinspectError(
    'usage/arguments',
    `${by} ${path} is ${kind.isDirectory() ? 'a folder' : 'not a regular file'}`,
    {
      hint: kind.isDirectory()
        ? 'name a file in it'
        : by === '--output'
          ? 'leave --output out and redirect with >'
          : 'name a file that can be replaced',
    },
  )
}

async function refuseInputs(
  { by, path }: AskedFile,
  target: string,
  inputs: readonly string[],
): Promise<void> {
  const there = await stat(target).catch(() => null)
  if (there === null) return
  for (const input of inputs) {
    const other = await stat(input).catch(() => null)
    if (other !== null && other.ino === there.ino && other.dev === there.dev)
      throw new SdinspectError(
        'usage/arguments',
        `${by} ${path} is a file that this run reads or finds beside a checkpoint`,
        {
          hint: 'the answer would replace it; name another file',
        },
      )
  }
}

const signals = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Made at the first write; removed when it is not committed, also when the process is interrupted. Nothing here
 * waits, so a signal is never handled half way through a step.
 */
class TemporaryFile {
  readonly #target: string
  readonly #asked: AskedFile
  readonly #path: string
  #descriptor: number | null = null

  constructor(target: string, asked: AskedFile) {
    this.#target = target
    this.#asked = asked
    this.#path = join(
      dirname(target),
      `.${basename(target).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`,
    )
  }

  async write(text: string): Promise<void> {
    this.#tried(() => {
      this.#descriptor ??= this.#create()
      writeFileSync(this.#descriptor, text)
    })
  }

  commit(): void {
    const descriptor = this.#descriptor
    if (descriptor === null) return
    this.#tried(() => {
      closeSync(descriptor)
      renameSync(this.#path, this.#target)
    })
    this.#descriptor = null
    this.#listen('off')
  }

  discard(): void {
    if (this.#descriptor === null) return
    this.#remove()
    this.#descriptor = null
    this.#listen('off')
  }

  #create(): number {
    // The file that is replaced may be readable by fewer people than a new one would be.
    const replaced = statSync(this.#target, { throwIfNoEntry: false })
    // Listening comes first: a signal that finds nobody listening ends the process at once.
    this.#listen('on')
    try {
      const descriptor = openSync(this.#path, 'wx', replaced === undefined ? 0o666 : 0o600)
      if (replaced !== undefined) fchmodSync(descriptor, replaced.mode & 0o777)
      return descriptor
    } catch (error) {
      this.#listen('off')
      throw error
    }
  }

  #tried(work: () => void): void {
    try {
      work()
    } catch (error) {
      throw unwritable(this.#asked, error as NodeJS.ErrnoException)
    }
  }

  #listen(change: 'on' | 'off'): void {
    for (const signal of Object.keys(signals) as (keyof typeof signals)[])
      process[change](signal, this.#interrupted)
  }

  readonly #interrupted = (signal: NodeJS.Signals): void => {
    this.#remove()
    process.exit(signals[signal as keyof typeof signals])
  }

  /** What is closed or gone already is as it should be. */
  #remove(): void {
    for (const step of [() => closeSync(this.#descriptor ?? -1), () => unlinkSync(this.#path)])
      try {
        step()
      } catch {}
  }
}

function unwritable({ by, path }: AskedFile, error: NodeJS.ErrnoException): SdinspectError {
  const reasons: Record<string, string> = {
    ENOENT: 'its folder does not exist',
    EACCES: 'the operating system does not allow it',
    EPERM: 'the operating system does not allow it',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left',
    ENOTDIR: 'a part of its path is a file',
    ENAMETOOLONG: 'its name is too long',
  }
  return new SdinspectError(
    'source/io',
    `${by} ${path} could not be written: ${reasons[error.code ?? ''] ?? error.code ?? error.message}`,
    {
      cause: error,
    },
  )
}
