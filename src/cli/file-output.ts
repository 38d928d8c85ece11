import { randomBytes } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { type FileHandle, lstat, open, realpath, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SdinspectError } from '../errors.ts'
import type { ExitCode } from './io.ts'
import { writeAll } from './io.ts'
import type { Look, Output } from './output.ts'

/**
 * Runs `command` with an output to the file at `path`. It is written under another name in the same folder and
 * renamed when all of it is there, so the file is never half of an answer: not after an error, not after
 * Ctrl-C, not when two runs write it at once. A file that is there is replaced; through a link, the file it
 * leads to is. Where the command writes nothing, nothing is touched.
 *
 * @throws SdinspectError `usage/arguments` when `path` is one of `inputs` or no regular file, `source/io`
 */
export async function fileOutput(
  path: string,
  inputs: readonly string[],
  look: Look,
  command: (output: Output) => Promise<ExitCode>,
): Promise<ExitCode> {
  const target = await targetOf(path)
  await refuseInputs(path, target, inputs)
  const file = new TemporaryFile(target, path)
  const output: Output = {
    look,
    write: (pieces) => writeAll(file, pieces),
    madeFrom: (paths) => refuseInputs(path, target, paths),
  }
  try {
    const verdict = await command(output)
    await file.commit()
    return verdict
  } finally {
    await file.discard()
  }
}

/** The file that `path` leads to. */
async function targetOf(path: string): Promise<string> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw unwritable(path, error)
  })
  if (found === null) return path
  const target = found.isSymbolicLink()
    ? await realpath(path).catch((error) => Promise.reject(unwritable(path, error)))
    : path
  const kind = found.isSymbolicLink() ? await stat(target) : found
  if (kind.isFile()) return target
  throw new SdinspectError(
    'usage/arguments',
    `--output ${path} is ${kind.isDirectory() ? 'a folder' : 'not a regular file'}`,
    {
      hint: kind.isDirectory() ? 'name a file in it' : 'leave --output out and redirect with >',
    },
  )
}

async function refuseInputs(path: string, target: string, inputs: readonly string[]): Promise<void> {
  const there = await stat(target).catch(() => null)
  if (there === null) return
  for (const input of inputs) {
    const other = await stat(input).catch(() => null)
    if (other !== null && other.ino === there.ino && other.dev === there.dev)
      throw new SdinspectError('usage/arguments', `--output ${path} is a file of the checkpoint to be read`, {
        hint: 'the answer would replace it; name another file',
      })
  }
}

const signals = { SIGINT: 130, SIGTERM: 143 } as const

/** Made at the first write; gone when it is neither committed nor discarded and the process is interrupted. */
class TemporaryFile {
  readonly #target: string
  readonly #shown: string
  readonly #path: string
  #handle: FileHandle | null = null

  constructor(target: string, shown: string) {
    this.#target = target
    this.#shown = shown
    this.#path = join(
      dirname(target),
      `.${basename(target).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`,
    )
  }

  async write(text: string): Promise<void> {
    try {
      this.#handle ??= await this.#create()
      await this.#handle.writeFile(text)
    } catch (error) {
      throw unwritable(this.#shown, error as NodeJS.ErrnoException)
    }
  }

  async commit(): Promise<void> {
    if (this.#handle === null) return
    try {
      await this.#handle.close()
      await rename(this.#path, this.#target)
    } catch (error) {
      throw unwritable(this.#shown, error as NodeJS.ErrnoException)
    }
    this.#handle = null
    this.#listen('off')
  }

  async discard(): Promise<void> {
    if (this.#handle === null) return
    await this.#handle.close().catch(() => {})
    this.#handle = null
    this.#remove()
    this.#listen('off')
  }

  async #create(): Promise<FileHandle> {
    const handle = await open(this.#path, 'wx')
    this.#listen('on')
    return handle
  }

  #listen(change: 'on' | 'off'): void {
    for (const signal of Object.keys(signals) as (keyof typeof signals)[])
      process[change](signal, this.#interrupted)
  }

  readonly #interrupted = (signal: NodeJS.Signals): void => {
    this.#remove()
    process.exit(signals[signal as keyof typeof signals])
  }

  #remove(): void {
    try {
      unlinkSync(this.#path)
    } catch {
      // It is gone already, which is all that is wanted.
    }
  }
}

function unwritable(path: string, error: NodeJS.ErrnoException): SdinspectError {
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
    `--output ${path} could not be written: ${reasons[error.code ?? ''] ?? error.code ?? error.message}`,
    {
      cause: error,
    },
  )
}
