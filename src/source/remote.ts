import { lookup } from 'node:dns/promises'
import { isSdinspectError, SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Origin } from '../model/origin.ts'
import { diskRangeStore, rangeStoreFolder } from './disk-range-store.ts'
import { fileName } from './file-name.ts'
import { httpPlace, httpSource } from './http.ts'
import { HttpClient, type HttpOptions } from './http-client.ts'
import { httpUrl } from './http-url.ts'
import { hubFileAlone, hubModel } from './hub.ts'
import { type CachedModel, cachedFile, cachedModel } from './hub-cache.ts'
import { type HubAccess, hubAccess } from './hub-environment.ts'
import { type HubName, hubName, isHubName } from './hub-name.ts'
import { hasProxy } from './proxy-environment.ts'
import type { ByteSource, Place } from './source.ts'
import type { Traffic } from './traffic.ts'

/** What a name of the Hub or a URL leads to. */
export interface Remote {
  readonly place: Place
  /** Opens the file that is named; null where it is the whole place. */
  readonly open: (() => Promise<ByteSource>) | null
  readonly origin?: Origin
}

export interface RemoteOptions {
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
  readonly traffic: Traffic
  /** A model of the Hub is read from the cache only where the cache has all of it. */
  readonly verify: boolean
  /** Whether headers are kept for the next run. */
  readonly keeps: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether a folder, or the file in it, is a checkpoint with all its shards. */
  readonly holdsCheckpoint: (place: Place, file: string | null) => Promise<boolean>
}

/** @throws SdinspectError `usage/arguments` for an address that is none, `source/*`, `unsupported/feature` */
export async function remote(path: string, options: RemoteOptions): Promise<Remote> {
  if (isHubName(path)) return hubRemote(path, options)
  const url = httpUrl(path)
  const client = await httpClient(options)
  const { limits } = options
  return { place: httpPlace(url, client, limits), open: () => httpSource(url, client, limits) }
}

async function httpClient(
  { signal, traffic, env }: RemoteOptions,
  credentials?: HttpOptions['credentials'],
): Promise<HttpClient> {
  // Bun and Deno use the proxies of the environment themselves.
  const isProxied = hasProxy(env) && !('bun' in process.versions || 'deno' in process.versions)
  return new HttpClient({
    signal,
    traffic,
    ...(credentials && { credentials }),
    // Behind a proxy it is the proxy that knows where a name leads.
    ...(isProxied
      ? { fetch: (await import('./proxy-fetch.ts')).proxyFetch(env) }
      : {
          lookup: async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address),
        }),
  })
}

async function hubRemote(path: string, options: RemoteOptions): Promise<Remote> {
  const name = hubName(path)
  if (name === undefined) throw new SdinspectError('usage/arguments', 'the address names no model of the Hub')
  const access = hubAccess(options.env)
  const cached = cachedModel(name, access.cache)
  if (cached !== null && (await isEnough(cached, name, access, options))) return ofCache(cached, name)
  if (access.isOffline) throw notCached(path, cached)
  try {
    return await ofHub(name, access, options)
  } catch (error) {
    // Who has no network has what is here.
    if (cached !== null && isSdinspectError(error, 'source/network')) return ofCache(cached, name)
    throw error
  }
}

/** Whether what the cache has is what was asked for. A folder may have more on the Hub, which `verify` wants to know. */
async function isEnough(
  { place, isWhole }: CachedModel,
  { path }: HubName,
  { isOffline }: HubAccess,
  { verify, holdsCheckpoint }: RemoteOptions,
): Promise<boolean> {
  const entry = await entryAt(place, path)
  if (entry === null) return false
  if (isOffline || isWhole) return true
  if (verify && entry === 'folder') return false
  const { place: folder } = within(place, path, entry === 'file')
  return holdsCheckpoint(folder, entry === 'file' ? fileName(path) : null)
}

function notCached(path: string, cached: CachedModel | null): SdinspectError {
  return new SdinspectError(
    'source/network',
    cached === null
      ? 'the model is not in the cache, and HF_HUB_OFFLINE says that the Hub is not asked'
      : `the cache has nothing of this name at commit ${cached.commit}, and HF_HUB_OFFLINE says that the Hub is not asked`,
    { file: path, hint: 'unset HF_HUB_OFFLINE, or download the model first' },
  )
}

/** Files that are a checkpoint by themselves. What is a folder, or belongs to others, is found by the list of the model. */
const isAlone = /\.(?:safetensors|bin|pth?|ckpt)$/

async function ofHub(name: HubName, access: HubAccess, options: RemoteOptions): Promise<Remote> {
  const { endpoint, token, cache } = access
  const client = await httpClient(
    options,
    token === undefined
      ? undefined
      : { origin: new URL(endpoint).origin, headers: { authorization: `Bearer ${token}` } },
  )
  const around = {
    endpoint,
    limits: options.limits,
    store: options.keeps ? diskRangeStore(rangeStoreFolder(options.env, process.platform)) : undefined,
    atHand: (at: string, file: string) => cachedFile(name, at, file, cache),
  }
  // What is checked is looked at with all that is beside it.
  const alone = options.verify || !isAlone.test(name.path) ? null : await hubFileAlone(name, client, around)
  if (alone !== null) {
    const { commit, place } = alone
    return {
      place,
      open: () => place.open(fileName(name.path)),
      origin: { repository: name.repository, revision: name.revision, commit, from: 'hub' },
    }
  }
  const { commit, files, place } = await hubModel(name, client, around)
  const origin: Origin = { repository: name.repository, revision: name.revision, commit, from: 'hub' }
  return { ...within(place, name.path, files.has(name.path)), origin }
}

async function ofCache(cached: CachedModel, name: HubName): Promise<Remote> {
  const origin: Origin = {
    repository: name.repository,
    revision: name.revision,
    commit: cached.commit,
    from: 'cache',
  }
  return { ...within(cached.place, name.path, (await entryAt(cached.place, name.path)) === 'file'), origin }
}

/** A file of a place, or a folder in it. */
function within(place: Place, path: string, isFile: boolean): Pick<Remote, 'place' | 'open'> {
  const folder = isFile ? path.slice(0, Math.max(0, path.lastIndexOf('/'))) : path
  const inner = folder === '' ? place : (place.folder?.(folder) ?? place)
  return { place: inner, open: isFile ? () => inner.open(fileName(path)) : null }
}

async function entryAt(place: Place, path: string): Promise<'file' | 'folder' | null> {
  if (path === '') return 'folder'
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  try {
    const folder = slash < 0 ? place : (place.folder?.(path.slice(0, slash)) as Place)
    if ((await folder.list())?.includes(name)) return 'file'
    return (await folder.folders?.())?.includes(name) ? 'folder' : null
  } catch {
    return null
  }
}
