import http from 'node:http'
import https from 'node:https'
import { type Duplex, Readable } from 'node:stream'
import { connect } from 'node:tls'
import { SdinspectError } from '../errors.ts'
import { proxyFor } from './proxy-environment.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Sends requests through the proxies that the environment names, and others as `fetch` does. What is encrypted goes through
 * the proxy as it is (CONNECT), and the certificate is that of the server. Redirects are not followed.
 *
 * @param ca certificates of authorities in place of those that Node knows
 */
export function proxyFetch(
  env: Environment,
  ca?: string,
): (url: URL, init: RequestInit) => Promise<Response> {
  const agents = new Map<string, https.Agent>()
  return async (url, init) => {
    const proxy = proxyFor(url, env)
    if (proxy === null) return fetch(url, init)
    if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
      throw new SdinspectError(
        'source/network',
        `proxies of ${proxy.protocol} are not used, only those of http: and https:`,
        { hint: 'change HTTPS_PROXY, or set NO_PROXY for this host' },
      )
    if (url.protocol === 'http:')
      return sent(proxied(proxy), { ...init, path: url.href, host: url.host, login: loginOf(proxy) })
    const agent = agents.get(proxy.href) ?? new Tunnel(proxy, ca)
    agents.set(proxy.href, agent)
    return sent(
      { agent, hostname: url.hostname, port: url.port || 443, protocol: 'https:' },
      {
        ...init,
        path: url.pathname + url.search,
        host: url.host,
        login: {},
      },
    )
  }
}

function proxied({ protocol, hostname, port }: URL): https.RequestOptions {
  return { protocol, hostname: bare(hostname), port: port || (protocol === 'https:' ? 443 : 80) }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function loginOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

interface Sent extends RequestInit {
  readonly path: string
  readonly host: string
  readonly login: Readonly<Record<string, string>>
}

function sent(
  to: https.RequestOptions,
  { method, headers, signal, path, host, login }: Sent,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const client = to.protocol === 'https:' ? https : http
    const request = client.request({
      ...to,
      path,
      method: method ?? 'GET',
      headers: { ...(headers as Record<string, string>), host, ...login },
      ...(signal && { signal }),
    })
    request.on('error', reject)
    request.on('response', (answer) => {
      const { statusCode: status = 502, rawHeaders } = answer
      const list = new Headers()
      for (let i = 0; i < rawHeaders.length; i += 2)
        list.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
      if (status === 407)
        return reject(new SdinspectError('source/permission', 'the proxy wants to know who asks (HTTP 407)'))
      const isEmpty = method === 'HEAD' || [204, 205, 304].includes(status)
      if (isEmpty) answer.resume()
      const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>)
      resolve(new Response(body, { status, headers: list }))
    })
    request.end()
  })
}

/** Connections through a proxy to servers behind it. */
class Tunnel extends https.Agent {
  readonly #proxy: URL
  readonly #ca: string | undefined

  constructor(proxy: URL, ca: string | undefined) {
    super({ keepAlive: true })
    this.#proxy = proxy
    this.#ca = ca
  }

  override createConnection(
    { host, port, servername }: https.RequestOptions & { readonly servername?: string },
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const done = callback as NonNullable<typeof callback>
    const fail = (error: Error): void => done(error, undefined as never)
    const name = bare(String(host))
    const target = `${name.includes(':') ? `[${name}]` : name}:${port}`
    const client = this.#proxy.protocol === 'https:' ? https : http
    const request = client.request({
      ...proxied(this.#proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...loginOf(this.#proxy) },
    })
    request.on('error', fail)
    request.on('connect', (answer, socket) => {
      if (answer.statusCode === 200)
        return done(
          null,
          connect({
            socket,
            host: name,
            servername: servername || (/[a-z]/i.test(name) ? name : ''),
            ...(this.#ca !== undefined && { ca: this.#ca }),
          }),
        )
      socket.destroy()
      fail(
        new SdinspectError(
          'source/network',
          `the proxy opens no way to ${target} (HTTP ${answer.statusCode})`,
        ),
      )
    })
    request.end()
  }
}
