import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { RangeStore } from './range-store.ts'

type Environment = Readonly<Record<string, string | undefined>>

const digestBytes = 32

/**
 * A folder of ranges, each in a file of its own behind the SHA-256 of its key and its bytes: one that was cut off, changed or
 * put under another name is as none.
 */
export function diskRangeStore(folder: string): RangeStore {
  const pathOf = (key: string): string => join(folder, createHash('sha256').update(key).digest('hex'))
  return {
    async get(key) {
      const file = await readFile(pathOf(key)).catch(() => null)
      if (file === null || file.length < digestBytes) return null
      const bytes = file.subarray(digestBytes)
      return file.subarray(0, digestBytes).equals(digestOf(key, bytes)) ? bytes : null
    },
    async put(key, bytes) {
      const path = pathOf(key)
      const partial = `${path}.${randomBytes(6).toString('hex')}`
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeFile(partial, Buffer.concat([digestOf(key, bytes), bytes]), { mode: 0o600, flag: 'wx' })
        await rename(partial, path)
      } catch {
        // A full disk or a folder of somebody else: the next run asks again.
        await rm(partial, { force: true }).catch(() => {})
      }
    },
  }
}

function digestOf(key: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(key).update('\0').update(bytes).digest()
}

/** Where the user's caches are, by the rules of the system. */
export function rangeStoreFolder(env: Environment, platform: NodeJS.Platform): string {
  const home = env.HOME || homedir()
  const caches =
    platform === 'win32'
      ? env.LOCALAPPDATA || join(home, 'AppData', 'Local')
      : env.XDG_CACHE_HOME || (platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache'))
  return join(caches, 'sdinspect', 'ranges')
}
