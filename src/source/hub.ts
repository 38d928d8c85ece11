import { type ErrorCode, isSdinspectError, quoted, SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { naturalCompare } from '../model/names/natural-order.ts'
import { containedName } from './contained-name.ts'
import { fileAt, wholeFile } from './http.ts'
import { type HttpAnswer, type HttpClient, network, Passing, refusal } from './http-client.ts'
import type { HubName } from './hub-name.ts'
import { memorySource } from './memory.ts'
import { missingFile } from './memory-place.ts'
import { type RangeStore, stored } from './range-store.ts'
import type { ByteSource, Place } from './source.ts'

/** A model of the Hub at one commit. */
export interface HubModel {
  /** `hf://org/name@commit`. */
  readonly name: string
  readonly commit: string
  /** By path. */
  readonly files: ReadonlyMap<string, HubEntry>
  readonly place: Place
}

/** What the Hub says of a file before it is asked for it. */
export interface HubEntry {
  /** null where it does not say. */
  readonly size: number | null
  /** Of its contents: no other file has it. null where it does not say. */
  readonly tag: string | null
  /** It is in storage, and `resolve` says where; otherwise in git. */
  readonly isLarge: boolean
}

export interface HubOptions {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly limits: Pick<Limits, 'downloadBytes' | 'hubFiles'>
  /** Where bytes that were read once are kept. */
  readonly store?: RangeStore | undefined
  /** A file that is on this machine at that commit already. */
  readonly atHand?: (commit: string, path: string) => Promise<ByteSource | null>
}

/** What the list of a model's files may take, in bytes. The largest repositories have 100,000 files. */
const listBytes = 67_108_864
/** From so many files on the list that comes with the model is not all of it, says huggingface_hub. */
const manyFiles = 50_000
/** Files of git up to this size, and indexes, come whole: one request less than asking where they are. */
const smallBytes = 1_048_576

/**
 * Asks the Hub what a model has, at the commit that its revision is now: all that is read later is of that commit.
 *
 * @throws SdinspectError `source/*`, `limit/exceeded` (`hubFiles`)
 */
export async function hubModel(
  { repository, revision }: HubName,
  client: HttpClient,
  options: HubOptions,
): Promise<HubModel> {
  const { endpoint } = options
  const url = new URL(
    `${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision ?? 'main')}?blobs=true`,
  )
  const shown = `hf://${repository}${revision === null ? '' : `@${revision}`}`
  const { commit, siblings } = modelOf((await askedJson(url, client, shown)).value, url)
  const entries = siblings.length < manyFiles ? siblings : await tree(repository, commit, client, options)
  const files = new Map<string, HubEntry>()
  for (const entry of entries) {
    const path = entry.rfilename ?? entry.path
    if (typeof path === 'string') files.set(path, entryOf(entry))
  }
  const name = `hf://${repository}@${commit}`
  const model = { name, repository, commit, files }
  return { name, commit, files, place: modelPlace(model, '', client, options) }
}

/**
 * A file in storage at a revision, found without the list of what is beside it, which is asked for when somebody wants to
 * know. null where it is not found so: it may be a folder, or in git.
 *
 * @throws SdinspectError `source/*`
 */
export async function hubFileAlone(
  { repository, revision, path }: HubName,
  client: HttpClient,
  options: HubOptions,
): Promise<HubFileAlone | null> {
  const { endpoint } = options
  const pathOf = (at: string, file: string): URL =>
    new URL(`${endpoint}/${repository}/resolve/${encodeURIComponent(at)}/${encodedPath(file)}`)
  const asked = pathOf(revision ?? 'main', path)
  const { response, url } = await client.get(asked, {}, async (answer) => answer, {
    method: 'HEAD',
    staysOnOrigin: true,
  })
  const { headers, status } = response
  const commit = headers.get('x-repo-commit')
  const isInStorage = status >= 300 && status < 400 && url.origin !== asked.origin
  if (!isInStorage || commit === null || !/^[0-9a-f]{40}$/.test(commit)) return null
  const { size } = locationOf({ response, url }, asked, `hf://${repository}`)
  const tag = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1] ?? null
  let listed: Promise<HubModel> | undefined
  const model = (): Promise<HubModel> => {
    listed ??= hubModel({ repository, revision: commit, path: '' }, client, options)
    return listed
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const name = `hf://${repository}@${commit}`
  const inFolder = folder === '' ? name : `${name}/${folder.slice(0, -1)}`
  const around = async (): Promise<Place> => {
    const { place } = await model()
    return folder === '' ? place : (place.folder?.(folder.slice(0, -1)) as Place)
  }
  const one = { name, repository, commit, files: new Map([[path, { size, tag, isLarge: true }]]) }
  const alone = modelPlace(one, folder, client, options, url)
  const own = path.slice(folder.length)
  return {
    commit,
    place: {
      ...alone,
      list: async () => (await around()).list(),
      folders: async () => (await around()).folders?.() ?? [],
      folder: (inner) =>
        latePlace(`${inFolder}/${inner}`, async () => (await around()).folder?.(inner) as Place),
      open: async (file, how) => (file === own ? alone : await around()).open(file, how),
      openUnlisted: async (file) => {
        const local = await options.atHand?.(commit, folder + file)
        if (local != null) return { ...local, name: `${inFolder}/${file}` }
        const raw = pathOf(commit, folder + file).href.replace(
          `/${repository}/resolve/`,
          `/${repository}/raw/`,
        )
        const bytes = await smallText(new URL(raw), client)
        if (bytes === null) return null
        client.traffic.opened(`${inFolder}/${file}`, bytes.length)
        return { ...memorySource(bytes, `${inFolder}/${file}`), remote: true }
      },
    },
  }
}

/** A file that was found without a list, in a place that makes one when it is asked to. */
interface HubFileAlone {
  readonly commit: string
  readonly place: Place
}

/** A folder that is looked for when something of it is wanted. */
function latePlace(name: string, place: () => Promise<Place>): Place {
  return {
    name,
    list: async () => (await place()).list(),
    folders: async () => (await place()).folders?.() ?? [],
    folder: (inner) => latePlace(`${name}/${inner}`, async () => (await place()).folder?.(inner) as Place),
    open: async (file, how) => (await place()).open(file, how),
  }
}

/** All of a text in git; null where there is none, or it is no small one. */
async function smallText(url: URL, client: HttpClient): Promise<Uint8Array | null> {
  return client.get(url, {}, async ({ response }, body) => {
    if (response.status !== 200) return null
    const bytes = await body.read(smallBytes)
    const stated = response.headers.get('content-length')
    const isWhole = stated === null || Number(stated) === bytes.length
    return bytes.length > smallBytes || !isWhole || isPointer(bytes) ? null : bytes
  })
}

/** What git has of a file in storage. */
function isPointer(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 24)) === 'version https://git-lfs.'
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** An element of a list of files, as `revision` and `tree` give it. Nothing in it is certain. */
interface Listed {
  readonly rfilename?: unknown
  readonly path?: unknown
  readonly type?: unknown
  readonly size?: unknown
  readonly blobId?: unknown
  readonly oid?: unknown
  readonly lfs?: { readonly sha256?: unknown; readonly oid?: unknown; readonly size?: unknown } | null
}

function entryOf({ size, blobId, oid, lfs }: Listed): HubEntry {
  const isLarge = typeof lfs === 'object' && lfs !== null
  const tag = isLarge ? (lfs.sha256 ?? lfs.oid) : (blobId ?? oid)
  const bytes = isLarge ? (lfs.size ?? size) : size
  return {
    size: typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null,
    tag: typeof tag === 'string' && /^[0-9a-f]{40,64}$/.test(tag) ? tag : null,
    isLarge,
  }
}

async function askedJson(
  url: URL,
  client: HttpClient,
  shown: string,
): Promise<{ readonly value: unknown; readonly link: string | null }> {
  const { text, link } = await client.get(url, {}, async (answer, body) => {
    if (answer.response.status !== 200) throw hubRefusal(answer, url, shown)
    const bytes = await body.read(listBytes)
    if (bytes.length > listBytes)
      throw network(url, `the list of its files is longer than ${listBytes} bytes`)
    return { text: new TextDecoder().decode(bytes), link: answer.response.headers.get('link') }
  })
  try {
    return { value: JSON.parse(text), link }
  } catch {
    throw network(url, 'the Hub answers with something that is no JSON')
  }
}

function modelOf(model: unknown, url: URL): { commit: string; siblings: readonly Listed[] } {
  const { sha, siblings } = (model ?? {}) as { sha?: unknown; siblings?: unknown }
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings))
    throw network(url, 'the Hub does not say at which commit the model is, or what is in it')
  return { commit: sha, siblings: siblings.filter((one) => typeof one === 'object' && one !== null) }
}

/** All files of a commit, page after page. */
async function tree(
  repository: string,
  commit: string,
  client: HttpClient,
  { endpoint, limits }: HubOptions,
): Promise<readonly Listed[]> {
  const first = new URL(`${endpoint}/api/models/${repository}/tree/${commit}?recursive=true&expand=false`)
  const found: Listed[] = []
  const seen = new Set<string>()
  for (let url: URL | null = first; url !== null; ) {
    seen.add(url.href)
    const { value, link } = await askedJson(url, client, `hf://${repository}@${commit}`)
    if (!Array.isArray(value)) throw network(url, 'the Hub answers with something that is no list of files')
    for (const one of value as readonly Listed[]) if (one?.type === 'file') found.push(one)
    if (found.length > limits.hubFiles)
      throw new SdinspectError(
        'limit/exceeded',
        `the number of files of the model is over the limit hubFiles=${limits.hubFiles}`,
        { file: `hf://${repository}@${commit}`, hint: 'name the file that is meant' },
      )
    url = nextPage(link, url, first)
    if (url !== null && seen.has(url.href)) throw network(url, 'the list of its files goes round in a circle')
  }
  return found
}

/** What `Link: <…>; rel="next"` says. It is followed nowhere else. */
function nextPage(link: string | null, from: URL, first: URL): URL | null {
  const match = /<([^>]{1,4096})>\s*;\s*rel="?next"?/.exec(link ?? '')
  if (match === null) return null
  const next = URL.canParse(match[1] as string, from) ? new URL(match[1] as string, from) : null
  if (next?.origin === first.origin) return next
  throw network(first, 'the Hub says that the rest of the list of its files is somewhere else')
}

interface Repository {
  readonly name: string
  readonly repository: string
  readonly commit: string
  readonly files: ReadonlyMap<string, HubEntry>
}

/**
 * @param folder with its slash, `''` for the whole
 * @param known where its one file is
 */
function modelPlace(
  model: Repository,
  folder: string,
  client: HttpClient,
  options: HubOptions,
  known?: URL,
): Place {
  const inside = new Map<string, HubEntry>()
  for (const [path, entry] of model.files)
    if (path.startsWith(folder)) inside.set(path.slice(folder.length), entry)
  const name = `${model.name}${folder === '' ? '' : `/${folder.slice(0, -1)}`}`
  return {
    name,
    list: async () => [...inside.keys()].filter((file) => !file.includes('/')).sort(naturalCompare),
    folders: async () => {
      const folders = new Set<string>()
      for (const file of inside.keys()) if (file.includes('/')) folders.add(file.slice(0, file.indexOf('/')))
      return [...folders].sort(naturalCompare)
    },
    folder: (inner) => modelPlace(model, `${folder}${containedName(inner).join('/')}/`, client, options),
    open: async (fileName) => {
      const path = containedName(fileName).join('/')
      const entry = inside.get(path)
      const label = `${name}/${path}`
      if (entry === undefined) throw missingFile(label, fileName, inside)
      return hubFile(model, folder + path, entry, label, client, options, known)
    },
  }
}

/** A file of the Hub. One in git comes whole, as only an address of storage can be told where it is without a range. */
async function hubFile(
  { repository, commit }: Repository,
  path: string,
  { size, tag, isLarge }: HubEntry,
  label: string,
  client: HttpClient,
  { endpoint, store, atHand }: HubOptions,
  where?: URL,
): Promise<ByteSource> {
  const local = await atHand?.(commit, path)
  if (local != null) {
    if (size === null || local.size === size) return { ...local, name: label }
    await local.close?.()
  }
  const url = new URL(`${endpoint}/${repository}/resolve/${commit}/${encodedPath(path)}`)
  const kept = (source: ByteSource): ByteSource =>
    store === undefined || tag === null
      ? source
      : stored(source, { endpoint, repository, commit, path, tag }, store)
  if (!isLarge && size !== null && (size <= smallBytes || path.endsWith('.index.json'))) {
    client.traffic.opened(label, size)
    const raw = new URL(url.href.replace(`/${repository}/resolve/`, `/${repository}/raw/`))
    return kept(
      wholeSource(label, size, () => textOfGit(client.seesRedirects ? raw : url, url, size, client)),
    )
  }
  // A browser is shown no redirect: it asks for each range where the file is called by its name.
  if (!client.seesRedirects && size !== null)
    return kept(fileAt({ name: label, asked: url, size, locate: async () => url }, client))
  const first = size === null ? await located(url, label, client) : undefined
  let known = first?.url ?? where
  const locate = async (): Promise<URL> => {
    const found =
      known === undefined ? await located(url, label, client) : { url: known, size: first?.size ?? size }
    known = undefined
    if (found.size === (size ?? first?.size)) return found.url
    throw new SdinspectError(
      'source/changed',
      `the file is ${found.size} bytes long, and ${size} in the list`,
      {
        file: label,
      },
    )
  }
  return kept(fileAt({ name: label, asked: url, size: size ?? (first?.size as number), locate }, client))
}

/**
 * A file of git. `raw` has it at once, where `resolve` leads to a store of copies first: one request less. Pages are not
 * promised that they may read it there.
 */
async function textOfGit(raw: URL, resolve: URL, size: number, client: HttpClient): Promise<Uint8Array> {
  if (raw.href === resolve.href) return wholeFile(resolve, size, client)
  try {
    return await wholeFile(raw, size, client)
  } catch (error) {
    if (!isSdinspectError(error) || !otherThere.has(error.code)) throw error
    return wholeFile(resolve, size, client)
  }
}

/** What `raw` may say of a file that `resolve` gives. */
const otherThere: ReadonlySet<ErrorCode> = new Set([
  'source/not-found',
  'source/permission',
  'source/short-read',
])

/** A file that is fetched whole when any of it is read. */
function wholeSource(name: string, size: number, fetched: () => Promise<Uint8Array>): ByteSource {
  let bytes: Promise<ByteSource> | undefined
  return {
    name,
    size,
    remote: true,
    read: async (offset, length) => {
      bytes ??= fetched().then((all) => memorySource(all, name))
      const asked = bytes
      asked.catch(() => {
        if (bytes === asked) bytes = undefined
      })
      return (await asked).read(offset, length)
    },
  }
}

/** Where a file is. Asked without a range: an address that was asked for with one holds for that range alone. */
async function located(url: URL, label: string, client: HttpClient): Promise<{ url: URL; size: number }> {
  const ask = (method: 'HEAD' | 'GET') =>
    client.get(url, {}, async (answer) => answer, { method, staysOnOrigin: true })
  let answer = await ask('HEAD')
  if ([405, 501].includes(answer.response.status)) answer = await ask('GET')
  return locationOf(answer, url, label)
}

function locationOf(answer: HttpAnswer, url: URL, label: string): { url: URL; size: number } {
  const { response } = answer
  if (!response.ok && !(response.status >= 300 && response.status < 400)) throw hubRefusal(answer, url, label)
  const stated =
    response.headers.get('x-linked-size') ?? (response.ok ? response.headers.get('content-length') : null)
  const size = /^\d{1,16}$/.test(stated ?? '') ? Number(stated) : Number.NaN
  if (!Number.isSafeInteger(size)) throw network(url, 'the Hub does not say how large the file is')
  return { url: answer.url, size }
}

/** What the Hub says of itself is more than the number. To a stranger a model that is not there is one he may not see. */
function hubRefusal(answer: HttpAnswer, url: URL, shown: string): SdinspectError | Passing {
  const { headers, status } = answer.response
  const code = headers.get('x-error-code')
  const refuse = (error: 'source/not-found' | 'source/permission', message: string, hint?: string) =>
    new SdinspectError(error, message, { file: shown, hint })
  if (code === 'RevisionNotFound') return refuse('source/not-found', 'the model has no such revision')
  if (code === 'EntryNotFound')
    return refuse('source/not-found', 'the model has no such file at this revision')
  if (code === 'GatedRepo')
    return refuse('source/permission', 'the model is gated', 'accept its terms on its page, and set HF_TOKEN')
  if (headers.get('x-error-message') === 'Access to this resource is disabled.')
    return refuse('source/permission', 'the Hub has disabled the model')
  if (code === 'RepoNotFound' || status === 401)
    return refuse(
      'source/not-found',
      'the Hub has no such model, or it is private',
      'check its name; for a private one set HF_TOKEN',
    )
  const said = headers.get('x-error-message')
  const error = refusal(answer, url)
  return said === null || error instanceof Passing
    ? error
    : new SdinspectError(error.code, `${error.message}: ${quoted(said)}`, { file: shown })
}
