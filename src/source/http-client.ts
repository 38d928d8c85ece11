import { SdinspectError } from '../errors.ts'
import { onAbort, untilAborted } from './abort.ts'
import { isPrivateAddress, isPrivateHost, redirectedTo, shownUrl } from './http-url.ts'
import { Traffic } from './traffic.ts'

export interface HttpOptions {
  readonly signal?: AbortSignal | undefined
  /** Headers that are sent to one origin, and to no other that it leads to. */
  readonly credentials?: { readonly origin: string; readonly headers: Readonly<Record<string, string>> }
  /** Milliseconds to wait for an answer to begin, and for each next piece of it. Default: 30,000. */
  readonly patience?: number
  /** Milliseconds that one answer may take in all. Default: 600,000. */
  readonly longest?: number
  /** What is asked is counted here. */
  readonly traffic?: Traffic
  /** How a request is sent, where it goes through a proxy. Default: `fetch`. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>
  /** The addresses of a host. A redirect to another one is then held to what its name leads to. */
  readonly lookup?: ((hostname: string) => Promise<readonly string[]>) | undefined
  /** Waits before another try. Tests pass their own. */
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>
}

export interface RequestOptions {
  readonly method?: 'GET' | 'HEAD'
  /** Ends at a redirect to another origin: the answer is the redirect, its URL where it leads. */
  readonly staysOnOrigin?: boolean
}

/** An answer whose body has not been read. */
export interface HttpAnswer {
  readonly response: Response
  /** Where it came from, after all redirects. */
  readonly url: URL
}

/** Requests at one time. Servers count them, and more do not make it faster. */
const requestsAtOnce = 16
const redirects = 5
const tries = 4
const longestWait = 60_000

/** Answers that may be another the next time. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Asks servers for ranges of files: redirects followed by hand, tries again where it may help, never more than 16
 * requests at once. Counts what it costs.
 */
export class HttpClient {
  readonly traffic: Traffic
  readonly #options: HttpOptions
  readonly #fetch: (url: URL, init: RequestInit) => Promise<Response>
  readonly #addresses = new Map<string, Promise<readonly string[]>>()
  #seesRedirects = !('document' in globalThis)
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(options: HttpOptions = {}) {
    this.#options = options
    this.traffic = options.traffic ?? new Traffic()
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init))
  }

  /** False in a browser: it shows nothing of a redirect, and follows it by its own rules. */
  get seesRedirects(): boolean {
    return this.#seesRedirects
  }

  /**
   * Asks, and lets `use` make something of the answer; both again where what went wrong may pass.
   *
   * @throws SdinspectError `source/*`; the signal's reason
   */
  async get<T>(
    url: URL,
    headers: Readonly<Record<string, string>>,
    use: (answer: HttpAnswer, body: Body) => Promise<T>,
    how: RequestOptions = {},
  ): Promise<T> {
    const { signal, wait = sleep } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#inTurn(() => this.#once(url, headers, use, how))
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof Passing)) throw error
        const pause = error.pause ?? 1_000 * 2 ** (attempt - 1)
        if (attempt === tries || pause > longestWait) throw error.error
        await wait(pause, signal)
      }
    }
  }

  async #once<T>(
    url: URL,
    headers: Readonly<Record<string, string>>,
    use: (answer: HttpAnswer, body: Body) => Promise<T>,
    how: RequestOptions,
  ): Promise<T> {
    const { signal, patience = 30_000, longest = 600_000 } = this.#options
    const ending = new AbortController()
    const forget = onAbort(signal, () => ending.abort(signal?.reason))
    const timer = new Patience(patience, () =>
      ending.abort(new Passing(network(url, `nothing came for ${patience / 1_000} s`))),
    )
    const end = new Patience(longest, () =>
      ending.abort(network(url, `it takes longer than ${longest / 1_000} s`)),
    )
    end.begin()
    try {
      const answer = await this.#follow(url, headers, how, ending.signal, timer)
      return await use(
        answer,
        new Body(answer.response, ending, timer, (bytes) => (this.traffic.bytes += bytes)),
      )
    } catch (error) {
      if (error instanceof SdinspectError || error instanceof Passing) throw error
      signal?.throwIfAborted()
      const { reason } = ending.signal
      if (reason instanceof Passing || reason instanceof SdinspectError) throw reason
      throw failure(error, url)
    } finally {
      timer.stop()
      end.stop()
      forget()
      // What is left of an answer is not waited for.
      ending.abort(new SdinspectError('source/network', 'done'))
    }
  }

  async #follow(
    first: URL,
    headers: Readonly<Record<string, string>>,
    { method = 'GET', staysOnOrigin = false }: RequestOptions,
    signal: AbortSignal,
    timer: Patience,
  ): Promise<HttpAnswer> {
    let url = first
    for (let hop = 0; ; hop++) {
      this.traffic.requests++
      timer.begin()
      const { credentials } = this.#options
      const own = url.origin === credentials?.origin ? credentials.headers : {}
      const init = {
        method,
        // A compressed body has other ranges than the file.
        headers: { 'accept-encoding': 'identity', ...headers, ...own },
        signal,
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      } as const
      if (!this.#seesRedirects) {
        const response = await this.#fetch(url, { ...init, redirect: 'follow' })
        return { response, url: new URL(response.url) }
      }
      const response = await this.#fetch(url, { ...init, redirect: 'manual' })
      if (response.type === 'opaqueredirect') {
        this.#seesRedirects = false
        continue
      }
      const location = response.headers.get('location')
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return { response, url }
      await response.body?.cancel()
      if (hop === redirects) throw network(first, `the server redirects more than ${redirects} times`)
      const to = redirectedTo(location, url, first)
      if (to.origin !== url.origin) await this.#refusePrivate(to, first)
      if (staysOnOrigin && to.origin !== first.origin) return { response, url: to }
      url = to
    }
  }

  /** A public server must not make this machine ask its own network, by a name that leads there either. */
  async #refusePrivate(to: URL, first: URL): Promise<void> {
    if (this.#options.lookup === undefined || isPrivateHost(to.hostname) || isPrivateHost(first.hostname))
      return
    const [there, here] = await Promise.all([this.#addressesOf(to), this.#addressesOf(first)])
    if (there.some(isPrivateAddress) && !here.some(isPrivateAddress))
      throw network(first, `the server redirects to a private address, ${to.hostname}`)
  }

  /** None for a host that is not found: asking it will say so. */
  #addressesOf({ hostname }: URL): Promise<readonly string[]> {
    const found =
      this.#addresses.get(hostname) ?? this.#options.lookup?.(hostname).catch(() => []) ?? Promise.resolve([])
    this.#addresses.set(hostname, found)
    return found
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= requestsAtOnce) await new Promise<void>((go) => this.#waiting.push(go))
    else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

/** The body of an answer. */
export class Body {
  readonly #response: Response
  readonly #ending: AbortController
  readonly #timer: Patience
  readonly #count: (bytes: number) => void

  constructor(response: Response, ending: AbortController, timer: Patience, count: (bytes: number) => void) {
    this.#response = response
    this.#ending = ending
    this.#timer = timer
    this.#count = count
  }

  /**
   * Its bytes, read no further than `most` and one.
   *
   * @returns more than `most` bytes where there are more
   */
  async read(most: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let length = 0
    const reader = this.#response.body?.getReader()
    while (reader !== undefined && length <= most) {
      this.#timer.begin()
      const { done, value } = await untilAborted(reader.read(), this.#ending.signal)
      if (done) break
      this.#count(value.length)
      chunks.push(value)
      length += value.length
    }
    if (chunks.length === 1) return chunks[0] as Uint8Array
    const bytes = new Uint8Array(length)
    let at = 0
    for (const chunk of chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }
}

/** Runs out when nothing begins anew for some time. */
class Patience {
  readonly #milliseconds: number
  readonly #out: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(milliseconds: number, out: () => void) {
    this.#milliseconds = milliseconds
    this.#out = out
  }

  begin(): void {
    this.stop()
    this.#timer = setTimeout(this.#out, this.#milliseconds)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** An error that may be gone at the next try, and how long the server wants to be left alone before. */
export class Passing extends Error {
  readonly error: SdinspectError
  readonly pause: number | undefined

  constructor(error: SdinspectError, pause?: number) {
    super(error.message)
    this.error = error
    this.pause = pause
  }
}

/** The error of an answer that is not what was asked for. */
export function refusal({ response }: HttpAnswer, url: URL): SdinspectError | Passing {
  const { status } = response
  const file = shownUrl(url)
  if (status === 404 || status === 410)
    return new SdinspectError('source/not-found', `the server has no such file (HTTP ${status})`, { file })
  if (status === 401 || status === 403)
    return new SdinspectError('source/permission', `the server does not allow it (HTTP ${status})`, {
      file,
      hint:
        url.search === ''
          ? 'download it as who may have it, and give the file; or make a signed URL of it'
          : 'a signed URL holds for a while only: make another',
    })
  const pause = passing.has(status) ? pauseOf(response) : undefined
  const wait =
    pause === undefined || pause <= longestWait ? '' : `, and asks to wait ${Math.ceil(pause / 1_000)} s`
  const error = network(url, `the server answered with HTTP ${status}${wait}`)
  return passing.has(status) ? new Passing(error, pause) : error
}

function pauseOf(response: Response): number | undefined {
  // Of the Hub: how much is left, and when there is more. https://huggingface.co/docs/hub/rate-limits
  const limit = /;\s*r=0\s*;\s*t=(\d{1,6})\s*$/.exec(response.headers.get('ratelimit') ?? '')
  if (limit !== null) return (Number(limit[1]) + 1) * 1_000
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : undefined
}

export function network(url: URL, message: string, cause?: unknown, hint?: string): SdinspectError {
  return new SdinspectError('source/network', message, { file: shownUrl(url), cause, hint })
}

/** What somebody can do about what fetch says. */
const remedies = [
  [
    /^(ENOTFOUND|EAI_AGAIN)/,
    'no server of that name was found: look at the address and the network, and at HTTPS_PROXY where a proxy leads out',
  ],
  [/^ECONNREFUSED/, 'nothing answers at that host and port: look at the address'],
  [/^bad port/, 'no program that reads pages of the web asks at this port: give the server another'],
  [
    /^(CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/,
    'the certificate of the server is not trusted here: NODE_EXTRA_CA_CERTS=FILE adds one that is',
  ],
] as const

/** Certificates do not get better, nor ports that nobody asks at. */
const lasting =
  /^(bad port|CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HPE_|ENOTFOUND|ERR_INVALID|UND_ERR_(HEADERS_OVERFLOW|RES_EXCEEDED|INVALID))/

/** What fetch threw. It says little itself, its cause more. */
function failure(error: unknown, url: URL): SdinspectError | Passing {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const { code, text } = causeText(cause)
  const said = code ?? text
  const remedy = remedies.find(([of]) => of.test(said))?.[1]
  const failed = network(url, `the server could not be read: ${text}`, error, remedy)
  return lasting.test(said) ? failed : new Passing(failed)
}

/** What Deno says in words alone, as the codes that Node and Bun have for it. */
const inWords = [
  [/connection refused/i, 'ECONNREFUSED'],
  [/connection reset/i, 'ECONNRESET'],
  [/failed to lookup address/i, 'ENOTFOUND'],
  [/timed out/i, 'ETIMEDOUT'],
  [/certificate/i, 'ERR_TLS_CERT'],
] as const

function causeText(cause: unknown): { readonly code: string | undefined; readonly text: string } {
  if (cause instanceof Error && 'code' in cause) return { code: String(cause.code), text: String(cause.code) }
  // In the words stands the address, and in its query there may be a secret: `… for url (https://…?sig=…): client error`.
  const text = (cause instanceof Error ? cause.message : String(cause)).replace(
    /^.*:\/\/\S*: |\S+:\/\/\S*/s,
    '',
  )
  const code = inWords.find(([words]) => words.test(text))?.[1]
  return { code, text: code === undefined || code === 'ERR_TLS_CERT' ? text : code }
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await untilAborted(new Promise<void>((resolve) => setTimeout(resolve, milliseconds)), signal)
}
