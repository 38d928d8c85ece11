import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { SdinspectError } from '../../errors.ts'
import { defaultLimits, type Limits, withinLimit } from '../../limits.ts'
import type { Lock, LockedCheckpoint } from '../../lock/lock.ts'
import { parseLock } from '../../lock/parse-lock.ts'
import { lockLines } from '../../lock/write-lock.ts'
import { isHubName } from '../../source/hub-name.ts'
import type { Call } from '../command.ts'
import { writeSideFile } from './side-file.ts'

/** A lock on disk. Its paths are relative to its folder, so that it means the same wherever it is used from. */
export interface LockFile {
  /** null where there is no file yet. */
  readonly lock: Lock | null
  /** How the lock calls a path of the command line. */
  pathOf(path: string): string
  /** A path of the lock as the command line would call it. */
  place(path: string): string
  /** What is locked at a path of the lock; only the state dict at `at` when there is one. */
  checkpointsAt(path: string, at: string | null): readonly LockedCheckpoint[]
  isSame(a: LockedCheckpoint, b: LockedCheckpoint): boolean
  /** Puts the checkpoints in place of those of the same path and state dict, and keeps the others. `inputs` are not replaced. */
  write(
    checkpoints: readonly LockedCheckpoint[],
    inputs: readonly string[],
    call: Pick<Call, 'output'>,
  ): Promise<void>
}

/**
 * The lock at `path`, read if it is there.
 *
 * @throws SdinspectError `usage/lock`, `limit/exceeded`, `source/io`
 */
export async function openLockFile(path: string, limits: Partial<Limits>): Promise<LockFile> {
  const text = await textOf(path, { ...defaultLimits, ...limits })
  const lock = text === null ? null : parseLock(text, { file: path, limits })
  const folder = dirname(resolve(path))
  const byPath = new Map<string, LockedCheckpoint[]>()
  for (const checkpoint of lock?.checkpoints ?? []) {
    const known = byPath.get(checkpoint.path)
    if (known === undefined) byPath.set(checkpoint.path, [checkpoint])
    else known.push(checkpoint)
  }
  return {
    lock,
    // A model of the Hub is where it is, wherever the lock is.
    pathOf: (given) =>
      isHubName(given) ? given : relative(folder, resolve(given)).split(sep).join('/') || '.',
    place: (locked) => (isHubName(locked) ? locked : join(dirname(path), locked)),
    checkpointsAt: (at, stateDict) =>
      (byPath.get(at) ?? []).filter((each) => stateDict === null || each.stateDict === stateDict),
    isSame: (a, b) => textOfLock([a]) === textOfLock([b]),
    async write(checkpoints, inputs, { output }) {
      const replaced = new Set(checkpoints.map(keyOf))
      const others = (lock?.checkpoints ?? []).filter((each) => !replaced.has(keyOf(each)))
      const written = textOfLock([...others, ...checkpoints])
      if (written !== text) await writeSideFile('the lock', path, inputs, output, [written])
    },
  }
}

function keyOf({ path, stateDict }: LockedCheckpoint): string {
  return JSON.stringify([path, stateDict])
}

function textOfLock(checkpoints: readonly LockedCheckpoint[]): string {
  return [...lockLines({ checkpoints }), ''].join('\n')
}

async function textOf(path: string, limits: Limits): Promise<string | null> {
  try {
    const found = await stat(path)
    const { size } = found
    if (!found.isFile()) throw new SdinspectError('usage/lock', 'the lock is no regular file')
    withinLimit(limits, 'lockBytes', size, 'the size of the lock in bytes')
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (error) {
    if (error instanceof SdinspectError) throw error.within({ file: path })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (error instanceof TypeError)
      throw new SdinspectError('usage/lock', 'the lock is not UTF-8', { file: path, cause: error })
    throw new SdinspectError('source/io', 'the lock could not be read', { file: path, cause: error })
  }
}
