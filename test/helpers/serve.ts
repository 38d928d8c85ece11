import type { IncomingMessage } from 'node:http'
import type { Answer } from './listen.ts'

/** The range a request asks for of `size` bytes, its end not included; null for none or for one past the end. */
function rangeAsked(request: IncomingMessage, size: number): { begin: number; end: number } | null {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  if (match === null) return null
  const begin = Number(match[1])
  return begin >= size ? null : { begin, end: Math.min(Number(match[2]) + 1, size) }
}

/** Answers as a good server does, with what `change` makes of it. */
export function serve(
  files: ReadonlyMap<string, Uint8Array>,
  change: (headers: Record<string, string>, body: Uint8Array, request: IncomingMessage) => Uint8Array = (
    _,
    body,
  ) => body,
): Answer {
  return (request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*/, '').slice(1))
    const bytes = files.get(path)
    if (bytes === undefined) {
      response.writeHead(404).end('no such file')
      return
    }
    const range = rangeAsked(request, bytes.length)
    if (request.headers.range !== undefined && range === null) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
      return
    }
    const { begin, end } = range ?? { begin: 0, end: bytes.length }
    const headers: Record<string, string> = {
      etag: '"one"',
      ...(range === null ? {} : { 'content-range': `bytes ${begin}-${end - 1}/${bytes.length}` }),
    }
    const body = change(headers, bytes.subarray(begin, end), request)
    headers['content-length'] ??= String(body.length)
    const status =
      headers[':status'] === undefined ? (range === null ? 200 : 206) : Number(headers[':status'])
    delete headers[':status']
    response.writeHead(status, headers).end(body)
  }
}
