import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { defaultLimits } from '../../src/limits.ts'
import { inspectPath, Traffic } from '../../src/node.ts'
import { httpSource } from '../../src/source/http.ts'
import { HttpClient, type HttpOptions } from '../../src/source/http-client.ts'
import { zipBytes } from '../codec/zip-bytes.ts'
import { legacyTorchFile } from '../helpers/large-torch-file.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'
import { type Answer, serve, webServer } from '../helpers/web-server.ts'

// A server that does each thing that servers do, and some that they should not. The numbers are those of the list of cases that
// the reader of URLs was designed against (docs/remote.md has it).

const fixtures = new URL('../../fixtures/', import.meta.url)
const cnn = new Uint8Array(readFileSync(new URL('cnn.safetensors', fixtures)))
const html = '<!doctype html><html><body>Please log in</body></html>'

/** What is left of a model when it is asked for: the end of it in two requests. */
async function tortured(answer: Answer, options: HttpOptions = {}) {
  const { origin, asked } = await webServer(answer)
  const client = new HttpClient({ wait: async () => {}, patience: 200, ...options })
  const read = async () => {
    const source = await httpSource(`${origin}/m.safetensors`, client, defaultLimits, 1_000)
    return source.read(5_000, 1_000)
  }
  return { read, asked, origin, client }
}

const files = new Map([['m.safetensors', cnn]])
const whole = cnn.subarray(5_000, 6_000)

/** A good server, but that `change` alters the second answer and those after it, up to `until`. */
function second(
  change: (headers: Record<string, string>, body: Uint8Array) => Uint8Array | undefined,
  until = Number.POSITIVE_INFINITY,
): Answer {
  let count = 0
  return serve(files, (headers, body) =>
    ++count < 2 || count > until ? body : (change(headers, body) ?? body),
  )
}

/** Bytes on the wire as they are, whatever HTTP says of them. */
async function raw(answer: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const set = (values: Record<string, string | undefined>) => (headers: Record<string, string>) => {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete headers[name]
    else headers[name] = value
  }
  return undefined
}

describe('H01 a server that gives all of a large file in place of a range', () => {
  it('is left when that is seen, and the program says what to do', async () => {
    let isGone = false
    const { origin } = await webServer((_, response) => {
      response.writeHead(200, { 'content-length': String(70e9) })
      response.write(cnn)
      response.on('close', () => {
        isGone = true
      })
    })
    const { code, err } = await runCli(['inspect', `${origin}/m.safetensors`])
    expect(code).toBe(2)
    expect(err).toContain('gives no ranges')
    await vi.waitFor(() => expect(isGone).toBe(true))
  })
})

describe('H02 a server that gives all of a small file', () => {
  it('is read', async () => {
    const { origin } = await webServer((_, response) => void response.writeHead(200).end(cnn))
    expect((await inspectPath(`${origin}/m.safetensors`)).stateDicts).toHaveLength(1)
  })
})

describe.each<
  [string, string, (headers: Record<string, string>, body: Uint8Array) => Uint8Array | undefined]
>([
  [
    'H03 another range than asked for',
    'source/network',
    set({ 'content-range': `bytes 5001-6000/${cnn.length}` }),
  ],
  ['H04 no Content-Range', 'source/network', set({ 'content-range': undefined })],
  ['H04 a Content-Range without numbers', 'source/network', set({ 'content-range': 'bytes */*' })],
  ['H04 a Content-Range that is malformed', 'source/network', set({ 'content-range': 'bytes five-six/7' })],
  [
    'H04 a size before the end of the range',
    'source/network',
    set({ 'content-range': 'bytes 5000-5999/5500' }),
  ],
  ['H05 fewer bytes than promised', 'source/short-read', (_, body) => body.subarray(0, 10)],
  ['H06 more bytes than asked for', 'source/short-read', (_, body) => new Uint8Array(body.length + 50_000)],
  ['H08 several ranges', 'source/network', set({ 'content-type': 'multipart/byteranges; boundary=x' })],
  ['H09 another tag', 'source/changed', set({ etag: '"two"' })],
  ['H09 another date', 'source/changed', set({ 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' })],
  ['H09 the whole file, as the tag is another', 'source/changed', set({ ':status': '200' })],
  ['H10 another size', 'source/changed', set({ 'content-range': `bytes 5000-5999/${cnn.length + 1}` })],
  ['H11 a compressed range', 'source/network', set({ 'content-encoding': 'gzip' })],
  ['H21 a range that cannot be', 'source/changed', set({ ':status': '416' })],
  ['H21 a refusal', 'source/permission', set({ ':status': '403' })],
])('%s', (_, code, change) => {
  it('is no answer', async () => {
    const { read } = await tortured(second(change))
    await expect(read()).rejects.toMatchObject({ code })
  })
})

describe('H05 fewer bytes than promised, once', () => {
  it('are asked for again', async () => {
    const { read, asked } = await tortured(second((_, body) => body.subarray(0, 10), 3))
    expect(await read()).toEqual(whole)
    expect(asked).toHaveLength(4)
  })
})

describe('H07 a connection that is cut in the midst of a body', () => {
  const cut = (times: number): Answer => {
    let count = 0
    return (request, response) => {
      if (++count === 1 || count > times + 1) return serve(files)(request, response)
      response.writeHead(206, {
        'content-range': `bytes 5000-5999/${cnn.length}`,
        'content-length': '1000',
        etag: '"one"',
      })
      response.write(whole.subarray(0, 500), () => response.destroy())
    }
  }
  it('is tried three more times', async () => {
    expect(await (await tortured(cut(3))).read()).toEqual(whole)
    const { read, asked } = await tortured(cut(9))
    await expect(read()).rejects.toMatchObject({ code: 'source/network' })
    expect(asked).toHaveLength(5)
  })
})

describe('H09 the tag of the file', () => {
  it('is sent with every range after the first, where it is a strong one', async () => {
    const { read, asked } = await tortured(serve(files))
    await read()
    expect(asked.map(({ headers }) => headers['if-range'])).toEqual([undefined, '"one"'])
    const weak = await tortured(
      serve(files, (headers, body) => {
        set({ etag: 'W/"one"' })(headers)
        return body
      }),
    )
    await weak.read()
    expect(weak.asked.map(({ headers }) => headers['if-range'])).toEqual([undefined, undefined])
  })
})

describe('H11 a body that grows when it is unpacked', () => {
  it('is taken up to the limit and no further', async () => {
    const { origin } = await webServer(
      (_, response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
    )
    const { code, err } = await runCli([
      'inspect',
      '--limit',
      'downloadBytes=1000000',
      `${origin}/m.safetensors`,
    ])
    expect(code).toBe(2)
    expect(err).toContain('gives no ranges')
  })
})

describe('H12 a redirect to another host', () => {
  it('takes nothing that was meant for the first along', async () => {
    const there = await webServer(serve(files))
    const headers = { authorization: 'Bearer secret', 'x-api-key': 'secret', cookie: 'secret' }
    const front = await webServer(
      (_, response) => void response.writeHead(302, { location: `${there.origin}/m.safetensors` }).end(),
    )
    const client = new HttpClient({ credentials: { origin: front.origin, headers } })
    const source = await httpSource(`${front.origin}/m`, client, defaultLimits, 1_000)
    await source.read(5_000, 10)
    expect(front.asked[0]?.headers).toMatchObject(headers)
    expect(there.asked).toHaveLength(2)
    for (const { headers: sent } of there.asked) expect(JSON.stringify(sent)).not.toContain('secret')
  })
})

/** A public server that redirects to `location`, as nothing of this machine can be one. */
function publicServer(location: string, addresses: Readonly<Record<string, string>> = {}) {
  const asked: string[] = []
  const client = new HttpClient({
    fetch: async (url) => {
      asked.push(url.href)
      return url.hostname === 'models.example'
        ? new Response(null, { status: 302, headers: { location } })
        : new Response(cnn.slice(0, 100))
    },
    lookup: async (host) => [addresses[host] ?? '93.184.216.34'],
  })
  return { asked, read: () => httpSource('https://models.example/m.safetensors', client, defaultLimits) }
}

describe.each([
  ['H13 an unencrypted connection', 'http://models.example/m'],
  ['H14 a file', 'file:///etc/passwd'],
  ['H14 data', 'data:application/octet-stream,x'],
  ['H14 another protocol', 'ftp://models.example/m'],
  ['H14 this machine', 'https://127.0.0.1/m'],
  ['H14 this machine in IPv6', 'https://[::1]/m'],
  ['H14 this machine as a number', 'https://2130706433/m'],
  ['H14 the metadata of a cloud', 'https://169.254.169.254/latest/meta-data'],
  ['H14 a name that leads to a private address', 'https://inside.example/m'],
  ['H14 a name that leads to one in IPv6', 'https://inside6.example/m'],
  ['H16 a user name', 'https://user:password@other.example/m'],
])('a redirect to %s', (_, location) => {
  it('is not followed', async () => {
    const { read, asked } = publicServer(location, {
      'inside.example': '10.0.0.7',
      'inside6.example': 'fd00::7',
    })
    await expect(read()).rejects.toMatchObject({
      code: 'source/network',
      message: expect.stringContaining('redirects to'),
    })
    expect(asked).toEqual(['https://models.example/m.safetensors'])
  })
})

describe('H14 a redirect inside of a private network', () => {
  it('is followed, and one to another public host too', async () => {
    const inside = { 'models.example': '10.0.0.1', 'store.example': '10.0.0.2' }
    for (const addresses of [inside, {}]) {
      const { read, asked } = publicServer('https://store.example/m', addresses)
      await read()
      expect(asked).toHaveLength(2)
    }
  })
})

describe('H15 redirects without end', () => {
  it.each([
    ['in a circle', () => '/m.safetensors'],
    ['each to another place', (url: string) => `${url}x`],
  ])('%s are followed five times', async (_, next) => {
    const { read, asked } = await tortured(
      (request, response) => void response.writeHead(302, { location: next(request.url ?? '') }).end(),
    )
    await expect(read()).rejects.toMatchObject({ message: 'the server redirects more than 5 times' })
    expect(asked).toHaveLength(6)
  })
})

describe('what may be secret', () => {
  it.each(['https://user:SECRET@example.com/m', 'https://SECRET@example.com/m'])(
    'H16 is not taken in a URL, nor repeated: %s',
    async (url) => {
      for (const command of ['inspect', 'check', 'ls']) {
        const { code, out, err } = await runCli([command, url])
        expect(code).toBe(2)
        expect(out + err).not.toContain('SECRET')
      }
    },
  )

  it('H17 is in no output of a presigned URL, in no format, whatever happens to it', async () => {
    const { origin } = await webServer((request, response) => {
      if (request.url?.startsWith('/moved'))
        response.writeHead(302, { location: `/m.safetensors?sig=SECRET` }).end()
      else if (request.url?.startsWith('/broken')) response.destroy()
      else if (request.url?.startsWith('/outside'))
        response.writeHead(302, { location: 'ftp://x/?sig=SECRET' }).end()
      else if (request.url?.startsWith('/cut'))
        serve(new Map([['cut.safetensors', cnn.subarray(0, 5_000)]]))(request, response)
      else serve(files)(request, response)
    })
    const query = '?X-Amz-Signature=SECRET&X-Amz-Security-Token=SECRET'
    const runs: string[][] = ['text', 'json', 'sarif', 'junit', 'gitlab', 'tap', 'github', 'md'].map(
      (format) => ['check', '-f', format],
    )
    for (const format of ['text', 'json', 'ndjson'])
      runs.push(['inspect', '-f', format === 'ndjson' ? 'json' : format], ['ls', '-f', format])
    for (const path of ['m.safetensors', 'moved', 'outside', 'missing', 'cut.safetensors'])
      for (const argv of runs) {
        const { out, err } = await runCli([...argv, `${origin}/${path}${query}`])
        expect(out + err).not.toContain('SECRET')
      }
    for (const argv of [
      ['stats', '--json'],
      ['digest'],
      ['report', '-o', '-'],
      ['code'],
      ['tree'],
      ['diff', `${origin}/m.safetensors${query}`],
    ]) {
      const { out, err } = await runCli([...argv, `${origin}/m.safetensors${query}`])
      expect(out + err).not.toContain('SECRET')
      expect(out).not.toBe('')
    }
  }, 60_000)
})

describe('H18 a server that', () => {
  it.each<[string, Answer]>([
    ['says nothing', () => {}],
    [
      'sends headers alone',
      (_, response) => void response.writeHead(206, { 'content-range': 'bytes 0-999/9999' }).flushHeaders(),
    ],
    [
      'sends one byte',
      (_, response) => {
        response.writeHead(206, { 'content-range': 'bytes 0-999/9999', 'content-length': '1000' })
        response.write('x')
      },
    ],
  ])('%s is not waited for', async (_, answer) => {
    const { read } = await tortured(answer, { patience: 30 })
    await expect(read()).rejects.toMatchObject({
      code: 'source/network',
      message: expect.stringContaining('nothing came for'),
    })
  })

  it('sends a byte now and then is left after a while', async () => {
    const { read, asked } = await tortured(
      (_, response) => {
        response.writeHead(206, { 'content-range': 'bytes 0-999/9999', 'content-length': '1000' })
        const timer = setInterval(() => response.write('x'), 10)
        response.on('close', () => clearInterval(timer))
      },
      { patience: 1_000, longest: 200 },
    )
    await expect(read()).rejects.toMatchObject({
      code: 'source/network',
      message: 'it takes longer than 0.2 s',
    })
    expect(asked).toHaveLength(1)
  })
})

describe('H19 headers of 50 kB', () => {
  it('are refused, once', async () => {
    const { read, asked } = await tortured(
      (_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(50_000) }).end(),
    )
    await expect(read()).rejects.toMatchObject({ code: 'source/network' })
    expect(asked).toHaveLength(1)
  })
})

describe('H20 a Content-Length that', () => {
  it.each([
    ['is negative', '-5'],
    ['is larger than any file', '100000000000000000000'],
    ['is no number', 'many'],
    ['is given twice, differently', '3\r\ncontent-length: 4'],
    ['is more than what comes', '500'],
  ])('%s is no answer', async (_, value) => {
    const origin = await raw(
      `HTTP/1.1 206 x\r\ncontent-range: bytes 0-9/10\r\ncontent-length: ${value}\r\n\r\n0123`,
    )
    const client = new HttpClient({ wait: async () => {}, patience: 300 })
    await expect(httpSource(`${origin}/m`, client, defaultLimits, 10)).rejects.toMatchObject({
      code: expect.stringMatching(/^source\/(network|short-read)$/),
    })
  })

  it('of a whole file is less than what comes is no answer', async () => {
    const origin = await raw('HTTP/1.1 200 x\r\nconnection: close\r\ncontent-length: 3\r\n\r\n{"a"')
    const source = await httpSource(`${origin}/m`, new HttpClient({ wait: async () => {} }), defaultLimits)
    // HTTP ends the body where it says.
    expect(source.size).toBe(3)
  })
})

describe('H21 an answer that is none', () => {
  it.each([
    [400, 'source/network'],
    [401, 'source/permission'],
    [403, 'source/permission'],
    [404, 'source/not-found'],
    [410, 'source/not-found'],
    [416, 'source/network'],
    [451, 'source/network'],
    [500, 'source/network'],
    [503, 'source/network'],
  ])('of HTTP %d is said', async (status, code) => {
    const { read } = await tortured((_, response) => void response.writeHead(status).end('no'))
    await expect(read()).rejects.toMatchObject({ code })
  })

  it('and asks for patience gets it up to a minute, three times', async () => {
    const waits: number[] = []
    const wait = async (milliseconds: number) => void waits.push(milliseconds)
    const limited =
      (headers: Record<string, string>): Answer =>
      (_, response) =>
        void response.writeHead(429, headers).end()
    for (const [headers, expected] of [
      [{ 'retry-after': '7' }, [7_000, 7_000, 7_000]],
      [{ 'retry-after': '61' }, []],
      [{ ratelimit: '"resolvers";r=0;t=5', 'retry-after': '9' }, [6_000, 6_000, 6_000]],
      [{ ratelimit: '"resolvers";r=7;t=50', 'retry-after': '9' }, [9_000, 9_000, 9_000]],
      [{}, [1_000, 2_000, 4_000]],
    ] as const) {
      waits.length = 0
      const { read } = await tortured(limited(headers), { wait })
      await expect(read()).rejects.toMatchObject({ code: 'source/network' })
      expect(waits).toEqual(expected)
    }
    await expect((await tortured(limited({ 'retry-after': '240' }), { wait })).read()).rejects.toThrow(
      'asks to wait 240 s',
    )
  })

  it('but a page to log in is called one', async () => {
    const { origin } = await webServer(
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(html),
    )
    const { code, err } = await runCli(['inspect', `${origin}/m.safetensors`])
    expect(code).toBe(1)
    expect(err).toContain('HTML page')
  })
})

describe('H22 a URL that is not of the web', () => {
  it.each([
    'data:application/octet-stream;base64,AAAA',
    'file:///etc/passwd',
    'ftp://example.com/m',
    's3://bucket/m',
    'gs://bucket/m',
  ])('%s is refused', async (url) => {
    const { code, err, out } = await runCli(['check', url])
    expect({ code, out: out.includes('verdict') || out === '' }).toMatchObject({ code: 2 })
    expect(err).not.toBe('')
    if (/^(s3|gs):/.test(url)) expect(err).toMatch(/aws s3 presign, gcloud storage sign-url/)
  })
})

describe('H23 a token with the end of a line in it', () => {
  it.each(['hf_x\r\nx-evil: 1', 'hf_x\0', 'hf_x y', 'hf_ü'])(
    'sends no header of its own: %j',
    async (token) => {
      const { origin, asked } = await webServer((_, response) => void response.writeHead(404).end())
      for (const [name, value] of Object.entries({
        HF_ENDPOINT: origin,
        HF_TOKEN: token,
        HF_HOME: '/none',
        HF_HUB_OFFLINE: '',
      }))
        vi.stubEnv(name, value)
      onTestFinished(() => void vi.unstubAllEnvs())
      await expect(inspectPath('hf://org/m')).rejects.toThrow()
      expect(asked).toHaveLength(1)
      expect(asked[0]?.headers['x-evil']).toBeUndefined()
      expect(asked[0]?.headers.authorization ?? '').not.toContain('evil: 1')
    },
  )
})

describe('H25 thousands of tensors', () => {
  it('take few requests, in any format', async () => {
    const count = 3_000
    const members = Array.from({ length: count }, (_, i) => [
      `layers.${i}.weight`,
      entry('F32', [1], 4 * i, 4 * i + 4),
    ])
    const served = new Map([
      [
        'm.safetensors',
        safetensorsBytes({ header: JSON.stringify(Object.fromEntries(members)), data: 4 * count }),
      ],
      ['m.pth', new Uint8Array(legacyTorchFile(count, 4))],
      ['lightning.ckpt', new Uint8Array(readFileSync(new URL('torch/lightning.ckpt', fixtures)))],
    ])
    const { origin } = await webServer(serve(served))
    for (const name of served.keys()) {
      const traffic = new Traffic()
      await inspectPath(`${origin}/${name}`, { traffic })
      expect(traffic.requests).toBeLessThanOrEqual(16)
      const verified = new Traffic()
      await inspectPath(`${origin}/${name}`, { traffic: verified, verify: true })
      expect(verified.requests).toBeLessThanOrEqual(64)
    }
  })
})

describe('H26 a zip archive with a comment of 64 kB', () => {
  it('takes three requests at most', async () => {
    const data = new Uint8Array(400_000)
    const archive = zipBytes([{ name: 'w.npy', data: npyOf(data) }], {
      comment: new Uint8Array(65_535).fill(0x20),
    })
    const { origin, asked } = await webServer(serve(new Map([['m.npz', archive]])))
    const report = await inspectPath(`${origin}/m.npz`)
    expect(report.stateDicts[0]?.tensors).toHaveLength(1)
    expect(asked.filter(({ path }) => path === '/m.npz').length).toBeLessThanOrEqual(3)
  })
})

/** NumPy's format, version 1: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
function npyOf(data: Uint8Array): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${data.length},), }`.padEnd(117)
  const header = Buffer.from(`\x93NUMPY\x01\x00v\x00${text}\n`, 'latin1')
  return new Uint8Array(Buffer.concat([header, data]))
}

describe('H27 a certificate that nobody vouches for', () => {
  it('is refused, once', async () => {
    const tls = (name: string) => readFileSync(fileURLToPath(new URL(`tls/self-signed.${name}`, fixtures)))
    let count = 0
    const server = createTlsServer({ key: tls('key'), cert: tls('crt') }, (_, response) => {
      count++
      response.end()
    })
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/m.safetensors`
    const waits: number[] = []
    const client = new HttpClient({ wait: async (milliseconds) => void waits.push(milliseconds) })
    await expect(httpSource(url, client, defaultLimits)).rejects.toMatchObject({
      code: 'source/network',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    })
    expect({ count, waits }).toEqual({ count: 0, waits: [] })
  })
})
