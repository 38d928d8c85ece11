import type { Limits } from '../limits.ts'
import type { Origin } from '../model/origin.ts'
import { fileName } from './file-name.ts'
import { isUrl } from './http-url.ts'
import { isHubName } from './hub-name.ts'
import type { Place } from './source.ts'
import { Traffic } from './traffic.ts'

/** Whether a checkpoint of this path was read at a distance, or from the cache of what is. */
export function isFarPath(path: string): boolean {
  return isUrl(path) || isHubName(path)
}

/**
 * The files of a checkpoint that was read at a distance, or from the cache of what is, to be read again in whole: there.
 *
 * @param report its path has the commit it is of
 * @throws SdinspectError `source/*`
 */
export async function farFiles(
  { path, origin }: { readonly path: string; readonly origin?: Origin | undefined },
  {
    limits,
    signal,
    env,
    traffic = new Traffic(),
    first,
  }: {
    readonly limits: Limits
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal?: AbortSignal | undefined
    readonly traffic?: Traffic | undefined
    /** Bytes of the start of each file that are read when it is opened. */
    readonly first?: number
  },
): Promise<Place> {
  const isCached = origin?.from === 'cache'
  // Of values on this machine nobody needs what reads the Hub and the web.
  const { remote } = await import('./remote.ts')
  const { place, open } = await remote(path, {
    limits,
    signal,
    traffic,
    verify: !isCached,
    keeps: false,
    env,
    holdsCheckpoint: async () => isCached,
  })
  const own = open === null ? null : fileName(path)
  return {
    name: place.name,
    list: () => place.list(),
    open: (name) =>
      name === own && open !== null ? open() : place.open(name, first === undefined ? {} : { first }),
  }
}
