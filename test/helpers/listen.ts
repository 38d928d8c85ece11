import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface WebServer {
  readonly origin: string
  /** Every request: method, path with query, and the range it asked for. */
  readonly asked: {
    method: string
    path: string
    range: string | undefined
    headers: IncomingMessage['headers']
  }[]
  /** Bytes of all bodies that were sent. */
  readonly sent: number
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A web server on this machine, until it is closed. */
export async function listen(answer: Answer): Promise<WebServer & { close(): void }> {
  const asked: WebServer['asked'] = []
  let sent = 0
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, path: url, range: headers.range, headers })
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse
    response.end = ((...args: unknown[]) => {
      const [body] = args
      if (typeof body === 'string' || body instanceof Uint8Array) sent += Buffer.byteLength(body)
      return end(...args)
    }) as ServerResponse['end']
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get sent() {
      return sent
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
