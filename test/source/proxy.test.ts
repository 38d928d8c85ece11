import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { defaultLimits } from '../../src/limits.ts'
import { inspectPath } from '../../src/node.ts'
import { httpSource } from '../../src/source/http.ts'
import { HttpClient } from '../../src/source/http-client.ts'
import { proxyFor } from '../../src/source/proxy-environment.ts'
import { proxyFetch } from '../../src/source/proxy-fetch.ts'
import { runCli } from '../helpers/run-cli.ts'
import { serve, webServer } from '../helpers/web-server.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const cnn = new Uint8Array(readFileSync(new URL('cnn.safetensors', fixtures)))
const files = new Map([['m.safetensors', cnn]])
const tls = (name: string) => readFileSync(new URL(`tls/self-signed.${name}`, fixtures))
afterEach(() => vi.unstubAllEnvs())

interface Proxy {
  readonly origin: string
  readonly asked: { method: string; url: string; login: string | undefined }[]
}

/** A proxy that sends all it is asked for to one port of this machine. */
async function proxyTo(port: number, { status = 200 } = {}): Promise<Proxy> {
  const asked: Proxy['asked'] = []
  const note = ({ method = '', url = '', headers }: IncomingMessage): void =>
    void asked.push({ method, url, login: headers['proxy-authorization'] })
  const server = createServer((request, response) => {
    note(request)
    if (status !== 200) return void response.writeHead(status).end()
    const { pathname } = new URL(request.url ?? '')
    const { range = '' } = request.headers
    fetch(`http://127.0.0.1:${port}${pathname}`, { headers: { range } }).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(new Uint8Array(await answer.arrayBuffer()))
    })
  })
  server.on('connect', (request, socket) => {
    note(request)
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} no\r\n\r\n`)
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      there.pipe(socket).pipe(there)
    })
    for (const end of [socket, there]) end.on('error', () => {})
    onTestFinished(() => void there.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const portOf = (origin: string): number => Number(new URL(origin).port)

describe('a proxy of the environment', () => {
  it('is asked for what is not encrypted, with its own login and nobody else’s', async () => {
    const { origin } = await webServer(serve(files))
    const proxy = await proxyTo(portOf(origin))
    vi.stubEnv('http_proxy', proxy.origin.replace('://', '://user:p%40ss@'))
    const { path } = await inspectPath('http://models.example/m.safetensors')
    expect(path).toBe('http://models.example/m.safetensors')
    expect(proxy.asked[0]).toEqual({
      method: 'GET',
      url: 'http://models.example/m.safetensors',
      login: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    })
  })

  it('opens a way to what is encrypted, and sees nothing of it', async () => {
    const server = createTlsServer({ key: tls('key'), cert: tls('crt') }, serve(files))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const proxy = await proxyTo(port)
    const env = { HTTPS_PROXY: proxy.origin }
    const client = new HttpClient({ fetch: proxyFetch(env, tls('crt').toString()) })
    const source = await httpSource('https://localhost/m.safetensors', client, defaultLimits, 1_000)
    expect(await source.read(5_000, 100)).toEqual(cnn.subarray(5_000, 5_100))
    // One way for both requests.
    expect(proxy.asked).toEqual([{ method: 'CONNECT', url: 'localhost:443', login: undefined }])
    // The certificate is held to the name of the server, and to who vouches for it.
    for (const [url, code] of [
      ['https://models.example/m.safetensors', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['https://localhost/m.safetensors', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ] as const) {
      const strict = new HttpClient({
        fetch: proxyFetch(env, code.startsWith('DEPTH') ? undefined : tls('crt').toString()),
      })
      await expect(httpSource(url, strict, defaultLimits)).rejects.toMatchObject({
        code: 'source/network',
        message: expect.stringContaining(code),
      })
    }
  })

  it.each([
    [407, 'the proxy'],
    [403, ''],
  ])('that answers %d is said to, and its login is not repeated', async (status, message) => {
    const proxy = await proxyTo(9, { status })
    const secret = proxy.origin.replace('://', '://user:SECRET@')
    vi.stubEnv('HTTP_PROXY', secret)
    vi.stubEnv('HTTPS_PROXY', secret)
    for (const url of ['http://models.example/m.safetensors', 'https://models.example/m.safetensors']) {
      const { code, out, err } = await runCli(['inspect', url])
      expect(code).toBe(2)
      expect(err).toContain(message)
      expect(out + err).not.toContain('SECRET')
    }
  })

  it('of another kind is not passed by', async () => {
    vi.stubEnv('ALL_PROXY', 'socks5://127.0.0.1:9')
    const { code, err } = await runCli(['inspect', 'https://models.example/m.safetensors'])
    expect(code).toBe(2)
    expect(err).toContain('proxies of socks5: are not used')
  })

  it('is left out for hosts of NO_PROXY', async () => {
    const { origin } = await webServer(serve(files))
    vi.stubEnv('http_proxy', 'http://127.0.0.1:9')
    vi.stubEnv('NO_PROXY', '127.0.0.1')
    expect((await inspectPath(`${origin}/m.safetensors`)).stateDicts).toHaveLength(1)
  })
})

describe('which proxy a URL has', () => {
  const proxyOf = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.href ?? null
  const both = { HTTPS_PROXY: 'http://s:1', HTTP_PROXY: 'h:2' }

  it('is that of its scheme, in small letters first, or that of all', () => {
    expect(proxyOf('https://x/', both)).toBe('http://s:1/')
    expect(proxyOf('http://x/', both)).toBe('http://h:2/')
    expect(proxyOf('https://x/', { ...both, https_proxy: 'http://small:3' })).toBe('http://small:3/')
    expect(proxyOf('https://x/', { all_proxy: 'http://all:4' })).toBe('http://all:4/')
    expect(proxyOf('https://x/', { HTTP_PROXY: 'http://h:2', HTTPS_PROXY: '' })).toBe(null)
  })

  it.each([
    ['example.com', 'https://example.com/', true],
    ['example.com', 'https://a.example.com/', true],
    ['.example.com', 'https://a.example.com/', true],
    ['*.example.com', 'https://a.b.example.com/', true],
    ['EXAMPLE.com', 'https://example.COM/', true],
    ['other, example.com', 'https://example.com/', true],
    ['*', 'https://example.com/', true],
    ['example.com:443', 'https://example.com/', true],
    ['example.com:8443', 'https://example.com:8443/', true],
    ['::1', 'https://[::1]/', true],
    ['[::1]', 'https://[::1]/', true],
    ['ample.com', 'https://example.com/', false],
    ['example.com', 'https://example.com.evil.org/', false],
    ['example.com:80', 'https://example.com/', false],
    ['', 'https://example.com/', false],
    [' , ', 'https://example.com/', false],
  ])('is none with NO_PROXY=%s for %s: %s', (list, url, isExcepted) => {
    expect(proxyOf(url, { ...both, NO_PROXY: list }) === null).toBe(isExcepted)
  })
})
