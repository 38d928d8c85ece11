import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { serve, webServer } from '../helpers/web-server.ts'

// Servers that are odd in another way than those of torture.test.ts: each is read right, or ends with 2 and a sentence.
const cnn = new Uint8Array(readFileSync(new URL('../../fixtures/cnn.safetensors', import.meta.url)))

/** A server by the byte: `answer` gets the range asked for, and writes what it likes. */
async function byTheByte(answer: (socket: Socket, begin: number, end: number, head: string) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const head = bytes.toString('latin1')
      const [, begin, last] = /range: bytes=(\d+)-(\d+)/i.exec(head) ?? []
      answer(socket, Number(begin ?? 0), Math.min(Number(last ?? cnn.length - 1) + 1, cnn.length), head)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/m.safetensors`
}

const partial = (begin: number, end: number) => `Content-Range: bytes ${begin}-${end - 1}/${cnn.length}\r\n`
const local = JSON.parse((await runCli(['inspect', '--json', 'fixtures/cnn.safetensors'])).out).stateDicts

async function isRight(url: string): Promise<void> {
  const { code, out } = await runCli(['inspect', '--json', url])
  expect(code).toBe(0)
  expect(JSON.parse(out).stateDicts).toEqual(local)
}

async function isRefused(url: string): Promise<void> {
  const { code, out, err } = await runCli(['inspect', '--json', url])
  expect(code).toBe(2)
  expect(out).not.toContain('"stateDicts"')
  expect(err).toMatch(/^sdinspect: http:.*\n {2}hint: /)
}

it('reads HTTP/1.0, which ends a body by closing', async () => {
  await isRight(
    await byTheByte((socket, begin, end) => {
      socket.write(`HTTP/1.0 206 Partial Content\r\n${partial(begin, end)}\r\n`)
      socket.end(cnn.subarray(begin, end))
    }),
  )
})

it('reads a range in chunks of one byte and more', async () => {
  await isRight(
    await byTheByte((socket, begin, end) => {
      socket.write(`HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n${partial(begin, end)}\r\n`)
      for (let at = begin, size = 1; at < end; at += size, size *= 3) {
        const piece = cnn.subarray(at, Math.min(at + size, end))
        socket.write(`${piece.length.toString(16)}\r\n`)
        socket.write(piece)
        socket.write('\r\n')
      }
      socket.write('0\r\n\r\n')
    }),
  )
})

it('reads a server that refuses every method but GET', async () => {
  const good = serve(new Map([['m.safetensors', cnn]]))
  const { origin } = await webServer((request, response) =>
    request.method === 'GET' ? good(request, response) : void response.writeHead(405).end(),
  )
  await isRight(`${origin}/m.safetensors`)
})

it('follows a redirect to a relative address', async () => {
  const good = serve(new Map([['b/m.safetensors', cnn]]))
  const { origin } = await webServer((request, response) =>
    request.url === '/a/m.safetensors'
      ? void response.writeHead(307, { location: '../b/m.safetensors' }).end()
      : good(request, response),
  )
  await isRight(`${origin}/a/m.safetensors`)
})

it('takes no chunks that end before the range does', async () => {
  await isRefused(
    await byTheByte((socket, begin, end) => {
      socket.write(`HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n${partial(begin, end)}\r\n`)
      socket.write('5\r\n12345\r\n0\r\n\r\n')
    }),
  )
}, 60_000)

it('takes no whole file whose sizes contradict each other', async () => {
  await isRefused(
    await byTheByte((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n`)
      socket.end('1234567')
    }),
  )
}, 60_000)

it('takes no answer that begins with something else than HTTP', async () => {
  await isRefused(await byTheByte((socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
}, 60_000)

it('takes no 204 and no 206 without a body', async () => {
  await isRefused(await byTheByte((socket) => void socket.end('HTTP/1.1 204 No Content\r\n\r\n')))
})
