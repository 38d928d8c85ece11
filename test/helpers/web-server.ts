import { onTestFinished } from 'vitest'
import { type Answer, listen, type WebServer } from './listen.ts'

export type { Answer, WebServer } from './listen.ts'
export { serve } from './serve.ts'

/** A web server on this machine for one test. */
export async function webServer(answer: Answer): Promise<WebServer> {
  const server = await listen(answer)
  onTestFinished(() => server.close())
  return server
}
