import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen, type WebServer } from './listen.ts'

/** A model of the imitation. */
export interface HubModelFiles {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly commit?: string
  readonly gated?: boolean
  readonly disabled?: boolean
  readonly isPrivate?: boolean
  /** The name it has now. */
  readonly renamedTo?: string
  readonly revisions?: readonly string[]
}

export interface HubServerOptions {
  readonly token?: string
  /** Milliseconds that pass before each answer. */
  readonly latency?: number
  /** Answers nobody until nobody has anything more to ask for: each such wave is a round. */
  readonly inRounds?: boolean
  /** Files on one page of a list. */
  readonly pageSize?: number
  /** Answers a request in place of the imitation, where it gives true. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean
}

export interface Hub {
  readonly hub: WebServer
  readonly storage: WebServer
  /** How many rounds it took, where it answers in rounds. */
  readonly rounds: number
}

const commitOf = (model: HubModelFiles): string => model.commit ?? '0123456789abcdef0123456789abcdef01234567'
/** Weights of this size and more are kept in storage, and everything of 10 MB; the rest in git. */
const largeBytes = 1_000
const isLarge = (path: string, { length }: Uint8Array): boolean =>
  length > 10_000_000 || (length >= largeBytes && !/\.(json|txt|md|py)$/.test(path))

/** What the Hub shows to pages of other origins, as seen of it. */
const exposed =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash'

/**
 * The Hub as far as clients of models see it: a model with its files, pages of its tree, `resolve` with its two
 * redirects, and storage of another origin, whose addresses hold for one range when they were asked for with one, and
 * which takes no token. Made from what is published of it (docs/remote.md); huggingface_hub and @huggingface/hub list,
 * download and read headers from it.
 */
export async function imitateHub(
  models: ReadonlyMap<string, HubModelFiles>,
  {
    token = 'hf_secret',
    latency = 0,
    inRounds = false,
    pageSize = 1_000,
    instead = () => false,
  }: HubServerOptions = {},
): Promise<Hub & { close(): void }> {
  const rounds = new Rounds()
  const late = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
    latency === 0 && !inRounds
      ? answer
      : (request: IncomingMessage, response: ServerResponse) => {
          const go = (): void => answer(request, response)
          if (inRounds) rounds.wait(go)
          else setTimeout(go, latency)
        }
  const signed = new Map<string, { bytes: Uint8Array; range: string | undefined }>()
  const storage = await listen(
    late((request, response) => {
      if (instead(request, response)) return
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader(
        'access-control-expose-headers',
        'Accept-Ranges, Content-Range, Content-Type, Content-Disposition, ETag, X-Cache',
      )
      if (request.method === 'OPTIONS') return void response.writeHead(403).end()
      const found = signed.get(request.url ?? '')
      if (request.headers.authorization !== undefined) return void response.writeHead(400).end()
      if (found === undefined || request.method !== 'GET') return void response.writeHead(403).end()
      if (found.range !== undefined && found.range !== request.headers.range)
        return void response.writeHead(403).end('Auth failed: invalid range')
      sendRange(found.bytes, request, response, { etag: `"${xetHash(found.bytes)}"` })
    }),
  )
  let count = 0
  const hub = await listen(
    late((request, response) => {
      if (instead(request, response)) return
      const { origin = '*' } = request.headers
      for (const [name, value] of Object.entries({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': exposed,
        vary: 'Origin',
        'x-request-id': `Root=${++count}`,
        ratelimit: '"resolvers";r=2999;t=300',
      }))
        response.setHeader(name, value)
      if (request.method === 'OPTIONS')
        return void response
          .writeHead(204, { 'access-control-allow-headers': 'authorization, range, if-range' })
          .end()
      new Answering(request, response, { models, token, pageSize, signed, storage }).answer()
    }),
  )
  return {
    hub,
    storage,
    get rounds() {
      return rounds.count
    },
    close() {
      hub.close()
      storage.close()
    },
  }
}

/** Requests a client may have under way at once: more do not make a round larger. */
const atOnce = 16
/** Milliseconds without a request after which nobody has anything to ask for. */
const quiet = 40

class Rounds {
  count = 0
  #waiting: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  wait(go: () => void): void {
    this.#waiting.push(go)
    clearTimeout(this.#timer)
    if (this.#waiting.length === atOnce) this.#release()
    else this.#timer = setTimeout(() => this.#release(), quiet)
  }

  #release(): void {
    this.count++
    const wave = this.#waiting
    this.#waiting = []
    for (const go of wave) go()
  }
}

interface Shared {
  readonly models: ReadonlyMap<string, HubModelFiles>
  readonly token: string
  readonly pageSize: number
  readonly signed: Map<string, { bytes: Uint8Array; range: string | undefined }>
  readonly storage: WebServer
}

/** One request to the Hub. */
class Answering {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #shared: Shared
  readonly #url: URL
  readonly #isKnown: boolean

  constructor(request: IncomingMessage, response: ServerResponse, shared: Shared) {
    this.#request = request
    this.#response = response
    this.#shared = shared
    this.#url = new URL(request.url ?? '', `http://${request.headers.host ?? 'hub'}`)
    this.#isKnown = request.headers.authorization === `Bearer ${shared.token}`
  }

  answer(): void {
    const parts = this.#url.pathname.split('/').slice(1).map(decodeURIComponent)
    if (parts[0] === 'api' && parts[1] === 'resolve-cache') return void this.#cached(parts.slice(3))
    const isApi = parts[0] === 'api'
    if (isApi && parts[1] !== 'models') return void this.#fail(404, 'RepoNotFound')
    const [owner = '', name = '', what, ...rest] = isApi ? parts.slice(2) : parts
    const id = `${owner}/${name}`
    const model = this.#shared.models.get(id)
    if (model === undefined || (model.isPrivate && !this.#isKnown))
      return void this.#fail(
        this.#isKnown ? 404 : 401,
        'RepoNotFound',
        this.#isKnown ? 'Repository not found' : 'Invalid username or password.',
      )
    if (model.renamedTo !== undefined)
      return void this.#response
        .writeHead(307, { location: this.#url.pathname.replace(id, model.renamedTo) + this.#url.search })
        .end()
    if (model.disabled) return void this.#fail(403, undefined, 'Access to this resource is disabled.')
    if (isApi && what === undefined) return void this.#info(id, model)
    const [revision = '', ...path] = rest
    const refs = revision === 'refs' ? [revision, ...path.splice(0, 2)].join('/') : revision
    if (![commitOf(model), 'main', 'HEAD', ...(model.revisions ?? [])].includes(refs))
      return void this.#fail(404, 'RevisionNotFound', `Invalid rev id: ${refs}`)
    if (isApi && what === 'revision') return void this.#info(id, model)
    if (isApi && what === 'tree') return void this.#tree(model, path.join('/'))
    if (isApi && what === 'paths-info') return void this.#pathsInfo(model)
    if (what === 'raw') return void this.#raw(model, path.join('/'))
    if (what === 'resolve') return void this.#resolve(id, model, path.join('/'))
    this.#fail(404, undefined, 'Sorry, we cannot find the page you are looking for.')
  }

  #fail(status: number, code?: string, message = code ?? ''): void {
    this.#response
      .writeHead(status, {
        'content-type': 'application/json',
        ...(code === undefined ? {} : { 'x-error-code': code }),
        'x-error-message': message,
      })
      .end(this.#request.method === 'HEAD' ? undefined : JSON.stringify({ error: message }))
  }

  #json(value: unknown, headers: Record<string, string> = {}): void {
    this.#response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(this.#request.method === 'HEAD' ? undefined : JSON.stringify(value))
  }

  #info(id: string, model: HubModelFiles): void {
    const hasBlobs = /^(true|1)$/i.test(this.#url.searchParams.get('blobs') ?? '')
    const siblings = [...model.files].map(([rfilename, bytes]) => ({
      rfilename,
      ...(hasBlobs && {
        size: bytes.length,
        blobId: gitHash(bytes),
        ...(isLarge(rfilename, bytes) && {
          lfs: { sha256: sha256(bytes), size: bytes.length, pointerSize: pointerSize(bytes) },
        }),
      }),
    }))
    this.#json({
      _id: '0',
      id,
      modelId: id,
      sha: commitOf(model),
      private: model.isPrivate === true,
      gated: model.gated === true ? 'auto' : false,
      disabled: false,
      tags: [],
      downloads: 0,
      likes: 0,
      siblings,
    })
  }

  #tree(model: HubModelFiles, folder: string): void {
    const { searchParams } = this.#url
    const isRecursive = /^(true|1)$/i.test(searchParams.get('recursive') ?? '')
    const prefix = folder === '' ? '' : `${folder}/`
    const entries = new Map<string, object>()
    for (const [path, bytes] of model.files) {
      if (!path.startsWith(prefix)) continue
      const inner = path.slice(prefix.length).split('/')
      for (let depth = 1; depth < inner.length && (isRecursive || depth === 1); depth++) {
        const below = prefix + inner.slice(0, depth).join('/')
        entries.set(below, { type: 'directory', oid: sha1(below), size: 0, path: below })
      }
      if (isRecursive || inner.length === 1) entries.set(path, fileEntry(path, bytes))
    }
    if (entries.size === 0 && folder !== '') return void this.#fail(404, 'EntryNotFound')
    const { pageSize } = this.#shared
    const from = Number(searchParams.get('cursor') ?? 0)
    const next = new URL(this.#url)
    next.searchParams.set('cursor', String(from + pageSize))
    const link = from + pageSize < entries.size ? { link: `<${next.href}>; rel="next"` } : {}
    this.#json([...entries.values()].slice(from, from + pageSize), link as Record<string, string>)
  }

  #pathsInfo(model: HubModelFiles): void {
    let body = ''
    this.#request.on('data', (chunk) => {
      body += chunk
    })
    this.#request.on('end', () => {
      const isJson = this.#request.headers['content-type']?.includes('json') === true
      const paths = isJson
        ? (JSON.parse(body) as { paths: string[] }).paths
        : new URLSearchParams(body).getAll('paths')
      this.#json(
        paths.flatMap((path) => {
          const bytes = model.files.get(path)
          return bytes === undefined ? [] : [fileEntry(path, bytes)]
        }),
      )
    })
  }

  /** What git itself has: of a file in storage a pointer to it. */
  #raw(model: HubModelFiles, path: string): void {
    if (model.gated && !this.#isKnown)
      return void this.#fail(401, 'GatedRepo', 'Access to model is restricted.')
    const bytes = model.files.get(path)
    if (bytes === undefined) return void this.#fail(404, 'EntryNotFound', 'Entry not found')
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.length}\n`
    sendRange(
      isLarge(path, bytes) ? new TextEncoder().encode(pointer) : bytes,
      this.#request,
      this.#response,
      {
        'x-repo-commit': commitOf(model),
        etag: `"${gitHash(bytes)}"`,
      },
    )
  }

  #resolve(id: string, model: HubModelFiles, path: string): void {
    const commit = commitOf(model)
    this.#response.setHeader('x-repo-commit', commit)
    if (model.gated && !this.#isKnown)
      return void this.#fail(401, 'GatedRepo', 'Access to model is restricted.')
    const bytes = model.files.get(path)
    if (bytes === undefined) return void this.#fail(404, 'EntryNotFound', 'Entry not found')
    const linked = { 'x-linked-size': String(bytes.length), 'accept-ranges': 'bytes' }
    if (!isLarge(path, bytes)) {
      const address = `/api/resolve-cache/models/${id}/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`
      const etag = `"${gitHash(bytes)}"`
      return void this.#response
        .writeHead(307, {
          ...linked,
          'x-linked-etag': etag,
          location: `${address}?etag=${encodeURIComponent(etag)}`,
        })
        .end()
    }
    const { signed, storage } = this.#shared
    const address = `/xet/${xetHash(bytes)}?X-Amz-Signature=${signed.size + 1}`
    signed.set(address, { bytes, range: this.#request.headers.range })
    this.#response
      .writeHead(302, {
        ...linked,
        'x-linked-etag': `"${sha256(bytes)}"`,
        location: storage.origin + address,
        'cache-control': 'no-store',
      })
      .end()
  }

  /** @param parts owner, name, commit and path */
  #cached([owner, name, commit = '', ...path]: readonly string[]): void {
    const bytes = this.#shared.models.get(`${owner}/${name}`)?.files.get(path.join('/'))
    if (bytes === undefined) return void this.#fail(404, 'EntryNotFound')
    sendRange(bytes, this.#request, this.#response, {
      'x-repo-commit': commit,
      etag: `"${gitHash(bytes)}"`,
    })
  }
}

function fileEntry(path: string, bytes: Uint8Array): object {
  return {
    type: 'file',
    oid: gitHash(bytes),
    size: bytes.length,
    path,
    ...(isLarge(path, bytes) && {
      lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: pointerSize(bytes) },
      xetHash: xetHash(bytes),
    }),
  }
}

/** Of the same bytes once: models are asked for thousands of times. */
function remembered(digest: (bytes: Uint8Array) => string): (bytes: Uint8Array) => string {
  const known = new WeakMap<Uint8Array, string>()
  return (bytes) => {
    const found = known.get(bytes) ?? digest(bytes)
    known.set(bytes, found)
    return found
  }
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')
const sha256 = remembered((bytes) => createHash('sha256').update(bytes).digest('hex'))
const gitHash = remembered((bytes) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'),
)
/** Any other digest than the two: storage names files by one of its own. */
const xetHash = remembered((bytes) => createHash('sha256').update('xet').update(bytes).digest('hex'))

function pointerSize(bytes: Uint8Array): number {
  return 126 + String(bytes.length).length
}

function sendRange(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string>,
): void {
  const { range } = request.headers
  const all = { ...headers, 'accept-ranges': 'bytes' }
  if (range === undefined) {
    response.writeHead(200, { ...all, 'content-length': bytes.length })
    response.end(request.method === 'HEAD' ? undefined : bytes)
    return
  }
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  const begin = first === '' ? Math.max(0, bytes.length - Number(last)) : Number(first)
  const end = first === '' || last === '' ? bytes.length : Math.min(Number(last) + 1, bytes.length)
  if (first + last === '' || begin >= end)
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  response
    .writeHead(206, {
      ...all,
      'content-range': `bytes ${begin}-${end - 1}/${bytes.length}`,
      'content-length': end - begin,
    })
    .end(request.method === 'HEAD' ? undefined : bytes.subarray(begin, end))
}
