import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/limits.ts'
import { httpPlace, httpSource } from '../../src/source/http.ts'
import { HttpClient, type HttpOptions } from '../../src/source/http-client.ts'
import { httpUrl, isPrivateHost, redirectedTo, shownPath, shownUrl } from '../../src/source/http-url.ts'
import type { ByteSource } from '../../src/source/source.ts'
import { type Answer, serve, webServer } from '../helpers/web-server.ts'

const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) % 253)
const files = new Map([
  ['m.bin', bytes],
  ['small.bin', bytes.subarray(0, 100)],
  ['empty.bin', new Uint8Array()],
])

const waits: number[] = []
function client(options: HttpOptions = {}): HttpClient {
  waits.length = 0
  return new HttpClient({
    wait: async (milliseconds) => {
      waits.push(milliseconds)
    },
    ...options,
  })
}

async function opened(answer: Answer, path = 'm.bin', options: HttpOptions = {}): Promise<ByteSource> {
  const { origin } = await webServer(answer)
  return httpSource(`${origin}/${path}`, client(options), defaultLimits, 1_000)
}

describe('a file on a web server', () => {
  it('is read by ranges, its first bytes as it is opened', async () => {
    const { origin, asked } = await webServer(serve(files))
    const http = client()
    const source = await httpSource(`${origin}/m.bin`, http, defaultLimits, 1_000)
    expect(source).toMatchObject({ name: `${origin}/m.bin`, size: bytes.length, remote: true })
    expect(await source.read(0, 1_000)).toEqual(bytes.subarray(0, 1_000))
    expect(await source.read(990, 20)).toEqual(bytes.subarray(990, 1_010))
    expect(await source.read(999_000, 1_000)).toEqual(bytes.subarray(999_000))
    expect(await source.read(1_000_000, 0)).toEqual(new Uint8Array())
    await expect(source.read(999_999, 2)).rejects.toMatchObject({ code: 'format/truncated' })
    expect(asked.map(({ range }) => range)).toEqual(['bytes=0-999', 'bytes=1000-1009', 'bytes=999000-999999'])
    expect(http.traffic.requests).toBe(3)
    expect(http.traffic.bytes).toBe(2_010)
    for (const { headers } of asked) expect(headers['accept-encoding']).toMatch(/^identity(, identity)?$/)
  })

  it('may be smaller than what is asked for first, or empty', async () => {
    expect(await (await opened(serve(files), 'small.bin')).read(0, 100)).toEqual(bytes.subarray(0, 100))
    expect((await opened(serve(files), 'empty.bin')).size).toBe(0)
  })

  it('has neighbours, by contained names', async () => {
    const { origin } = await webServer(serve(new Map([['a b/ü.bin', bytes.subarray(0, 5)]])))
    const place = httpPlace(httpUrl(`${origin}/a%20b/x.json?token=secret`), client(), defaultLimits)
    expect(await place.list()).toBe(null)
    expect(await (await place.open('ü.bin')).read(0, 5)).toEqual(bytes.subarray(0, 5))
    await expect(place.open('missing')).rejects.toMatchObject({ code: 'source/not-found' })
    for (const name of ['../x', '/etc/passwd', 'http://other/x', '//other/x', '%2e%2e/x'])
      await expect(place.open(name)).rejects.toMatchObject({ code: 'source/outside' })
  })

  it('is taken whole from a server that gives no ranges, where it is small', async () => {
    const whole: Answer = (_, response) => void response.writeHead(200).end(bytes.subarray(0, 5_000))
    const source = await opened(whole)
    expect(source.size).toBe(5_000)
    expect(await source.read(4_000, 1_000)).toEqual(bytes.subarray(4_000, 5_000))
    const { origin } = await webServer(whole)
    const small = { downloadBytes: 4_999 }
    await expect(httpSource(`${origin}/m.bin`, client(), small)).rejects.toMatchObject({
      code: 'source/no-ranges',
    })
  })

  it('is not fetched whole where it is large or never ends', async () => {
    const { origin } = await webServer((_, response) => {
      response.writeHead(200, { 'content-length': String(70e9) })
      response.write(bytes)
    })
    await expect(httpSource(`${origin}/m.bin`, client(), defaultLimits)).rejects.toMatchObject({
      code: 'source/no-ranges',
    })
    let sent = 0
    const endless = await webServer((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        sent += bytes.length
        if (!response.destroyed) response.write(bytes, more)
      }
      more()
    })
    const few = { downloadBytes: 3_000_000 }
    await expect(httpSource(`${endless.origin}/m.bin`, client(), few)).rejects.toMatchObject({
      code: 'source/no-ranges',
    })
    expect(sent).toBeLessThan(20_000_000)
  })
})

describe('a server that answers otherwise than asked', () => {
  const isFirst = (headers: Record<string, string>) =>
    headers['content-range']?.startsWith('bytes 0-') === true
  /** A good server whose answers to all but the first request are changed. */
  const later = (
    change: (headers: Record<string, string>, body: Uint8Array) => Uint8Array | undefined,
  ): Answer => serve(files, (headers, body) => (isFirst(headers) ? body : (change(headers, body) ?? body)))
  const set = (values: Record<string, string | undefined>) => (headers: Record<string, string>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete headers[name]
      else headers[name] = value
    }
    return undefined
  }

  it.each<[string, (headers: Record<string, string>, body: Uint8Array) => Uint8Array | undefined, string]>([
    ['another range', set({ 'content-range': 'bytes 5001-6000/1000000' }), 'source/network'],
    ['a shorter range', set({ 'content-range': 'bytes 5000-5998/1000000' }), 'source/network'],
    ['no range', set({ 'content-range': undefined }), 'source/network'],
    ['a range that is none', set({ 'content-range': 'bytes 5000-6000' }), 'source/network'],
    ['a range without a size', set({ 'content-range': 'bytes 5000-5999/*' }), 'source/network'],
    ['no range at all', set({ 'content-range': 'bytes */*' }), 'source/network'],
    ['a range past the size', set({ 'content-range': 'bytes 5000-5999/5500' }), 'source/network'],
    [
      'a range of a size too large',
      set({ 'content-range': 'bytes 5000-5999/99999999999999999999' }),
      'source/network',
    ],
    ['another size', set({ 'content-range': 'bytes 5000-5999/1000001' }), 'source/changed'],
    ['another tag', set({ etag: '"two"' }), 'source/changed'],
    ['another date', set({ 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }), 'source/changed'],
    ['the whole file', set({ ':status': '200' }), 'source/changed'],
    ['that there is no such range', set({ ':status': '416' }), 'source/changed'],
    ['several ranges', set({ 'content-type': 'multipart/byteranges; boundary=x' }), 'source/network'],
    ['a compressed range', set({ 'content-encoding': 'gzip' }), 'source/network'],
    ['fewer bytes', (_, body) => body.subarray(1), 'source/short-read'],
    ['more bytes', (_, body) => new Uint8Array(body.length + 1), 'source/short-read'],
    ['that it is gone', set({ ':status': '404' }), 'source/not-found'],
    ['that it is not allowed', set({ ':status': '403' }), 'source/permission'],
    ['something odd', set({ ':status': '418' }), 'source/network'],
    ['an error', set({ ':status': '500' }), 'source/network'],
    ['to wait longer than anybody would', set({ ':status': '429', 'retry-after': '3600' }), 'source/network'],
  ])('with %s is refused', async (_, change, code) => {
    const source = await opened(later(change))
    await expect(source.read(5_000, 1_000)).rejects.toMatchObject({ code })
    if (code === 'source/changed') expect(waits).toEqual([])
  })

  it('is tried again where that may help, and with patience where it asks for it', async () => {
    let count = 0
    const flaky = (status: string, headers: Record<string, string> = {}): Answer =>
      serve(files, (own, body) => {
        if (!isFirst(own) && ++count % 3 !== 0) Object.assign(own, { ':status': status, ...headers })
        return body
      })
    for (const status of ['408', '429', '500', '502', '503', '504']) {
      const source = await opened(flaky(status))
      expect(await source.read(5_000, 10)).toEqual(bytes.subarray(5_000, 5_010))
      expect(waits).toEqual([1_000, 2_000])
    }
    const source = await opened(flaky('429', { 'retry-after': '7' }))
    expect(await source.read(5_000, 10)).toEqual(bytes.subarray(5_000, 5_010))
    expect(waits).toEqual([7_000, 7_000])
  })

  it('that hangs up in the midst of a body is tried again', async () => {
    let count = 0
    const source = await opened((request, response) => {
      if (++count === 2) {
        response.writeHead(206, {
          'content-range': 'bytes 5000-5999/1000000',
          'content-length': '1000',
          etag: '"one"',
        })
        response.write(bytes.subarray(5_000, 5_100), () => response.destroy())
      } else serve(files)(request, response)
    })
    expect(await source.read(5_000, 1_000)).toEqual(bytes.subarray(5_000, 6_000))
    expect(waits).toEqual([1_000])
  })

  it.each<[string, Answer]>([
    ['says nothing', () => {}],
    [
      'says only that it will say something',
      (_, response) =>
        void response.writeHead(206, { 'content-range': 'bytes 0-999/1000000' }).flushHeaders(),
    ],
    [
      'stops in the midst',
      (_, response) => {
        response.writeHead(206, { 'content-range': 'bytes 0-999/1000000', 'content-length': '1000' })
        response.write(bytes.subarray(0, 10))
      },
    ],
  ])('that %s is not waited for forever', async (_, answer) => {
    await expect(opened(answer, 'm.bin', { patience: 30 })).rejects.toMatchObject({
      code: 'source/network',
      message: 'nothing came for 0.03 s',
    })
    expect(waits).toEqual([1_000, 2_000, 4_000])
  })

  it('that is not there is said not to be', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    await expect(httpSource(`http://127.0.0.1:${port}/m.bin`, client(), defaultLimits)).rejects.toMatchObject(
      {
        code: 'source/network',
        message: 'the server could not be read: ECONNREFUSED',
      },
    )
  })

  // Deno gives no codes; its sentences are those of fetch in Deno 2.9.
  it.each([
    ['client error (Connect): tcp connect error: Connection refused (os error 111)', 'ECONNREFUSED'],
    [
      'client error (Connect): dns error: failed to lookup address information: Name or service not known',
      'ENOTFOUND',
    ],
    [
      'client error (Connect): invalid peer certificate: UnknownIssuer',
      'invalid peer certificate: UnknownIssuer',
    ],
    ['', ''],
  ])(
    'that fails in words is told without its address, in which a secret may stand: %s',
    async (words, told) => {
      const url = 'https://example.com/m.bin?sig=SECRET:%20(x)'
      const cause = new Error(`error sending request for url (${url})${words === '' ? '' : `: ${words}`}`)
      const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }))
      const error = await httpSource(url, client({ fetch }), defaultLimits).catch((one: Error) => one)
      expect((error as Error).message).not.toContain('SECRET')
      expect((error as Error).message).toMatch(new RegExp(`^the server could not be read: .*${told}$`))
    },
  )

  it('with headers without end is refused', async () => {
    await expect(
      opened((_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(50_000) }).end()),
    ).rejects.toMatchObject({ code: 'source/network' })
  })

  it('with a compressed whole file gives what it unpacks to, up to the limit', async () => {
    const bomb: Answer = (_, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)))
    expect((await opened(bomb)).size).toBe(5_000_000)
    const { origin } = await webServer(bomb)
    await expect(httpSource(`${origin}/m.bin`, client(), { downloadBytes: 1_000_000 })).rejects.toMatchObject(
      { code: 'source/no-ranges' },
    )
  })

  it('ends with the signal, with its reason', async () => {
    const controller = new AbortController()
    const opening = opened(() => controller.abort(new Error('enough')), 'm.bin', {
      signal: controller.signal,
    })
    await expect(opening).rejects.toThrow('enough')
    expect(waits).toEqual([])
  })
})

describe('a redirect', () => {
  it('is followed, and later ranges go straight to where it led', async () => {
    const store = await webServer(serve(files))
    const front = await webServer(
      (_, response) =>
        void response.writeHead(302, { location: `${store.origin}/m.bin?signature=abc` }).end(),
    )
    const http = client({
      credentials: { origin: front.origin, headers: { authorization: 'Bearer secret' } },
    })
    const source = await httpSource(`${front.origin}/model.bin`, http, defaultLimits, 1_000)
    expect(source.name).toBe(`${front.origin}/model.bin`)
    expect(await source.read(5_000, 10)).toEqual(bytes.subarray(5_000, 5_010))
    expect(front.asked).toHaveLength(1)
    expect(store.asked.map(({ range }) => range)).toEqual(['bytes=0-999', 'bytes=5000-5009'])
    expect(front.asked[0]?.headers.authorization).toBe('Bearer secret')
    for (const { headers } of store.asked) expect(headers.authorization).toBeUndefined()
  })

  it('is asked for once more when the URL it gave holds for one range only', async () => {
    const bound = new Map<string, string>()
    const store = await webServer((request, response) => {
      if (bound.get(request.url ?? '') === request.headers.range) serve(files)(request, response)
      else response.writeHead(403).end()
    })
    const front = await webServer((request, response) => {
      const path = `/m.bin?for=${encodeURIComponent(request.headers.range ?? '')}`
      bound.set(path, request.headers.range ?? '')
      response.writeHead(307, { location: store.origin + path }).end()
    })
    const source = await httpSource(`${front.origin}/m.bin`, client(), defaultLimits, 1_000)
    expect(await source.read(5_000, 10)).toEqual(bytes.subarray(5_000, 5_010))
    expect(await source.read(7_000, 10)).toEqual(bytes.subarray(7_000, 7_010))
  })

  it('may be relative, and goes round at most five times', async () => {
    const { origin } = await webServer((request, response) => {
      if (request.url === '/a/start') response.writeHead(302, { location: '../m.bin' }).end()
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end()
      else serve(files)(request, response)
    })
    expect((await httpSource(`${origin}/a/start`, client(), defaultLimits)).size).toBe(bytes.length)
    await expect(httpSource(`${origin}/loop`, client(), defaultLimits)).rejects.toMatchObject({
      code: 'source/network',
      message: 'the server redirects more than 5 times',
    })
  })

  const from = new URL('https://example.com/m.bin?token=secret')
  it.each([
    ['file:///etc/passwd', 'a URL of file:'],
    ['data:text/plain,x', 'a URL of data:'],
    ['ftp://example.com/x', 'a URL of ftp:'],
    ['http://example.com/x', 'an unencrypted connection'],
    ['https://user:password@example.com/x', 'a user name'],
    ['https://127.0.0.1/x', 'a private address'],
    ['https://2130706433/x', 'a private address'],
    ['https://0x7f.1/x', 'a private address'],
    ['https://169.254.169.254/latest/meta-data', 'a private address'],
    ['https://10.1.2.3/x', 'a private address'],
    ['https://[::1]/x', 'a private address'],
    ['https://[::ffff:10.0.0.1]/x', 'a private address'],
    ['https://[fd00::1]/x', 'a private address'],
    ['//localhost/x', 'a private address'],
    ['https://metadata.google.internal/x', 'a private address'],
    ['https://[x', 'no URL'],
  ])('to %s is refused', (location, why) => {
    const refused = () => redirectedTo(location, from, from)
    expect(refused).toThrow(why)
    expect(refused).toThrow(
      expect.objectContaining({ code: 'source/network', file: 'https://example.com/m.bin?…' }),
    )
  })

  it('to another public server is followed', () => {
    expect(redirectedTo('//cdn.example.org/x#y', from, from).href).toBe('https://cdn.example.org/x')
    expect(['8.8.8.8', 'example.com', '[2606:4700::1111]', '172.32.0.1'].some(isPrivateHost)).toBe(false)
  })
})

describe('a URL', () => {
  it.each([
    'data:,x',
    'file:///etc/passwd',
    'ftp://x/y',
    's3://bucket/key',
    'https://u:p@x/y',
    'https://u@x/y',
    'https://',
  ])('as %s is refused and its secrets are not repeated', (url) => {
    const refused = () => httpUrl(url)
    expect(refused).toThrow(expect.objectContaining({ code: 'usage/arguments' }))
    expect(refused).not.toThrow(/u:p|u@/)
  })

  it('is shown without what may be a secret in it', () => {
    expect(shownUrl(new URL('https://x/y?X-Amz-Signature=abc'))).toBe('https://x/y?…')
    expect(shownPath('https://u:p@x/y?token=abc#z')).toBe('https://x/y')
    expect(shownPath('https://u:p@[/y?token=abc')).toBe('https://[/y')
    expect(shownPath('a/b?c')).toBe('a/b?c')
  })
})
