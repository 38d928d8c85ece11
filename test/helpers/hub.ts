import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { rangeAsked, type WebServer, webServer } from './web-server.ts'

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

export interface Hub {
  readonly hub: WebServer
  readonly storage: WebServer
}

const commitOf = (model: HubModelFiles): string => model.commit ?? '0123456789abcdef0123456789abcdef01234567'
/** Files of this size and more are kept in storage, others in git. */
const largeBytes = 1_000

/**
 * The Hub as far as a reader of headers sees it: revisions, `resolve` with its two redirects, and storage of another
 * origin, whose addresses hold for one range when they were asked for with one, run out, and take no token.
 */
export async function hubServer(
  models: ReadonlyMap<string, HubModelFiles>,
  token = 'hf_secret',
): Promise<Hub> {
  const signed = new Map<string, { bytes: Uint8Array; range: string | undefined }>()
  const storage = await webServer((request, response) => {
    const found = signed.get(request.url ?? '')
    if (request.headers.authorization !== undefined) return void response.writeHead(400).end()
    if (found === undefined || request.method !== 'GET') return void response.writeHead(403).end()
    if (found.range !== undefined && found.range !== request.headers.range)
      return void response.writeHead(403).end('Auth failed: invalid range')
    sendRange(found.bytes, request, response)
  })
  let count = 0
  const hub = await webServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://hub')
    const isKnown = request.headers.authorization === `Bearer ${token}`
    const fail = (status: number, code?: string, message = code ?? '') =>
      void response
        .writeHead(status, {
          ...(code === undefined ? {} : { 'x-error-code': code }),
          'x-error-message': message,
        })
        .end(JSON.stringify({ error: message }))
    const parts = url.pathname.split('/').slice(1).map(decodeURIComponent)
    if (parts[0] === 'api' && parts[1] === 'resolve-cache') {
      const model = models.get(`${parts[3]}/${parts[4]}`)
      const bytes = model?.files.get(parts.slice(6).join('/'))
      if (bytes === undefined) return fail(404, 'EntryNotFound')
      return sendRange(bytes, request, response, { 'x-repo-commit': parts[5] ?? '' })
    }
    const isInfo = parts[0] === 'api'
    const [owner, name] = isInfo ? parts.slice(2) : parts
    const model = models.get(`${owner}/${name}`)
    if (model === undefined || (model.isPrivate && !isKnown))
      return fail(isKnown ? 404 : 401, isKnown ? 'RepoNotFound' : undefined, 'Invalid username or password.')
    if (model.renamedTo !== undefined)
      return void response
        .writeHead(307, { location: url.pathname.replace(`${owner}/${name}`, model.renamedTo) })
        .end()
    const revision = parts[isInfo ? 5 : 3] ?? ''
    const commit = commitOf(model)
    if (![commit, 'main', ...(model.revisions ?? [])].includes(revision)) return fail(404, 'RevisionNotFound')
    if (isInfo) {
      const siblings = [...model.files.keys()].map((rfilename) => ({ rfilename }))
      return void response
        .writeHead(200)
        .end(JSON.stringify({ id: `${owner}/${name}`, sha: commit, siblings }))
    }
    if (model.disabled) return fail(403, undefined, 'Access to this resource is disabled.')
    if (model.gated && !isKnown) return fail(401, 'GatedRepo', 'Access to model is restricted.')
    const path = parts.slice(4).join('/')
    const bytes = model.files.get(path)
    if (bytes === undefined) return fail(404, 'EntryNotFound')
    const digest = createHash('sha256').update(bytes).digest('hex')
    const headers = {
      'x-repo-commit': commit,
      'x-linked-size': String(bytes.length),
      'x-linked-etag': `"${digest}"`,
    }
    if (bytes.length < largeBytes) {
      const location = `/api/resolve-cache/models/${owner}/${name}/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`
      return void response.writeHead(307, { ...headers, location, 'x-linked-etag': '"git"' }).end()
    }
    const address = `/xet/${digest}?signature=${++count}`
    signed.set(address, { bytes, range: request.headers.range })
    response
      .writeHead(302, { ...headers, location: `${storage.origin}${address}`, 'cache-control': 'no-store' })
      .end()
  })
  return { hub, storage }
}

function sendRange(
  bytes: Uint8Array,
  request: Parameters<typeof rangeAsked>[0],
  response: ServerResponse,
  headers: Record<string, string> = {},
): void {
  if (request.headers.range === undefined) {
    response.writeHead(200, { ...headers, etag: '"x"', 'content-length': bytes.length })
    response.end(request.method === 'HEAD' ? undefined : bytes)
    return
  }
  const range = rangeAsked(request, bytes.length)
  if (range === null)
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  const { begin, end } = range
  response
    .writeHead(206, { ...headers, etag: '"x"', 'content-range': `bytes ${begin}-${end - 1}/${bytes.length}` })
    .end(bytes.subarray(begin, end))
}
