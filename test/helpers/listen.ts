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
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A web server on this machine, until it is closed. */
export async function listen(answer: Answer): Promise<WebServer & { close(): void }> {
  const asked: WebServer['asked'] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, path: url, range: headers.range, headers })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
