import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { diskPlace } from './disk-place.ts'
import type { HubName } from './hub-name.ts'
import type { ByteSource, Place } from './source.ts'

/** What huggingface_hub keeps of a model on this machine, at one commit. Perhaps not all files of it. */
export interface CachedModel {
  /** `hf://org/name@commit`. */
  readonly name: string
  readonly commit: string
  readonly place: Place
  /** Whether the cache says what the whole model has, and all of it is there. */
  readonly isWhole: boolean
}

/**
 * The model at a revision, as `refs/` and `snapshots/` of the cache have it; null where they have it not.
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 *
 * @param cache the folder of the cache
 */
export function cachedModel({ repository, revision }: HubName, cache: string): CachedModel | null {
  const folder = join(cache, `models--${repository.replace('/', '--')}`)
  const commit = commitOf(folder, revision ?? 'main')
  if (commit === null) return null
  const snapshot = join(folder, 'snapshots', commit)
  if (!isFolder(snapshot)) return null
  const name = `hf://${repository}@${commit}`
  return {
    name,
    commit,
    place: renamed(diskPlace(snapshot), name),
    isWhole: isWhole(folder, commit, snapshot),
  }
}

/** A file that the cache has at a commit. */
export async function cachedFile(
  { repository }: HubName,
  commit: string,
  path: string,
  cache: string,
): Promise<ByteSource | null> {
  const snapshot = join(cache, `models--${repository.replace('/', '--')}`, 'snapshots', commit)
  if (!isFolder(snapshot)) return null
  try {
    return await diskPlace(snapshot).open(path)
  } catch {
    return null
  }
}

function commitOf(folder: string, revision: string): string | null {
  try {
    const commit = readFileSync(join(folder, 'refs', ...revision.split('/')), 'utf8').trim()
    return /^[0-9a-f]{40}$/.test(commit) ? commit : null
  } catch {
    return /^[0-9a-f]{40}$/.test(revision) ? revision : null
  }
}

/** `trees/<commit>.json` lists the model where all of it was wanted once. */
function isWhole(folder: string, commit: string, snapshot: string): boolean {
  try {
    const { files } = JSON.parse(readFileSync(join(folder, 'trees', `${commit}.json`), 'utf8')) as {
      files?: Record<string, unknown>
    }
    const there = new Set(
      readdirSync(snapshot, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')),
    )
    const names = Object.keys(files ?? {})
    return names.length > 0 && names.every((name) => there.has(name))
  } catch {
    return false
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** A place under the name that the Hub has for it. */
function renamed(place: Place, name: string): Place {
  return {
    ...place,
    name,
    folder: (inner) => renamed(place.folder?.(inner) as Place, `${name}/${inner}`),
    open: async (fileName) => ({ ...(await place.open(fileName)), name: `${name}/${fileName}` }),
  }
}
