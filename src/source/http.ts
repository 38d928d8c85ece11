import { SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { containedName } from './contained-name.ts'
import { type Body, type HttpAnswer, type HttpClient, network, Passing, refusal } from './http-client.ts'
import { httpUrl, shownUrl } from './http-url.ts'
import { checkRange, memorySource } from './memory.ts'
import type { ByteSource, Place } from './source.ts'

/** Bytes that come with the size, as nothing can be asked of a server without reading something. */
const firstBytes = 262_144

/**
 * A file on a web server, by ranges. Its first bytes come as it is opened: they tell its size. A server that gives
 * no ranges gives a small file whole (`downloadBytes`).
 *
 * @param first bytes to open it with
 * @throws SdinspectError `source/not-found`, `source/permission`, `source/network`, `source/no-ranges`,
 *   `usage/arguments` for a URL that is not read
 */
export async function httpSource(
  url: URL | string,
  client: HttpClient,
  limits: Pick<Limits, 'downloadBytes'>,
  first = firstBytes,
): Promise<ByteSource> {
  const asked = typeof url === 'string' ? httpUrl(url) : url
  const name = asked.origin + asked.pathname
  const opened = await client.get(asked, rangeOf(0, first), (answer, body) =>
    openAnswer(answer, body, asked, first, limits),
  )
  if ('whole' in opened) {
    client.traffic.opened(name, opened.whole.length)
    return { ...memorySource(opened.whole, name), remote: true }
  }
  return new HttpFile(asked, client, opened).source(name)
}

/** The folder that a URL is in. It cannot be listed. */
export function httpPlace(url: URL, client: HttpClient, limits: Pick<Limits, 'downloadBytes'>): Place {
  const folder = new URL('.', url)
  return {
    name: shownUrl(folder).replace(/\/$/, ''),
    list: async () => null,
    open: async (name, options) => {
      const path = containedName(name).map(encodeURIComponent).join('/')
      return httpSource(new URL(path, folder), client, limits, options?.first)
    },
  }
}

/** What the first answer told of a file. */
interface OpenedFile {
  readonly size: number
  readonly head: Uint8Array
  /** Where it came from: the next range is asked for there. Absent where that is still to be asked. */
  readonly url?: URL
  /** What tells this file from another of its name; null where the first range will tell. */
  readonly stamp: Stamp | null
}

/** A file whose size is known already. */
export interface KnownFile {
  readonly name: string
  readonly asked: URL
  readonly size: number
  /** Where it is now. Asked before the first read, and when it may not be read there any more. */
  readonly locate: () => Promise<URL>
}

/** The source over a file that was found otherwise than by reading it. */
export function fileAt({ name, asked, size, locate }: KnownFile, client: HttpClient): ByteSource {
  return new HttpFile(asked, client, { size, head: new Uint8Array(), stamp: null }, locate).source(name)
}

/**
 * All of a small file, of a size that is known already.
 *
 * @throws SdinspectError `source/*`
 */
export function wholeFile(url: URL, size: number, client: HttpClient): Promise<Uint8Array> {
  return client.get(url, {}, async (answer, body) => {
    if (answer.response.status !== 200) throw refusal(answer, url)
    return exactBody(body, size, url, 0)
  })
}

interface Stamp {
  readonly etag: string | null
  readonly modified: string | null
}

function stampOf({ headers }: Response): Stamp {
  return { etag: headers.get('etag'), modified: headers.get('last-modified') }
}

async function openAnswer(
  answer: HttpAnswer,
  body: Body,
  asked: URL,
  first: number,
  limits: Pick<Limits, 'downloadBytes'>,
): Promise<OpenedFile | { readonly whole: Uint8Array }> {
  const { response, url } = answer
  if (response.status === 416 && /^bytes \*\/0$/.test(response.headers.get('content-range') ?? ''))
    return { whole: new Uint8Array() }
  if (response.status === 200) return { whole: await wholeBody(response, body, asked, limits.downloadBytes) }
  if (response.status !== 206) throw refusal(answer, asked)
  const { begin, end, size } = contentRange(response, asked)
  if (begin !== 0 || end !== Math.min(first, size)) throw otherRange(asked, 0, first, begin, end)
  return { size, head: await exactBody(body, end, asked, 0), url, stamp: stampOf(response) }
}

/** The body of a server that gives no ranges, where it is small. */
async function wholeBody(response: Response, body: Body, url: URL, most: number): Promise<Uint8Array> {
  const stated = response.headers.get('content-length')
  const isCoded = isEncoded(response)
  const refuse = () =>
    new SdinspectError(
      'source/no-ranges',
      `the server gives no ranges of the file, and all of it is more than ${most} bytes`,
      { file: shownUrl(url), hint: 'download it, or raise --limit downloadBytes' },
    )
  if (stated !== null && !isCoded && Number(stated) > most) throw refuse()
  const bytes = await body.read(most)
  if (bytes.length > most) throw refuse()
  if (stated !== null && !isCoded && Number(stated) !== bytes.length)
    throw shortBody(url, Number(stated), bytes.length, 0)
  return bytes
}

function isEncoded(response: Response): boolean {
  return !['', 'identity'].includes(response.headers.get('content-encoding')?.trim().toLowerCase() ?? '')
}

/** The range that an answer says it has, and the size of the file. */
function contentRange(response: Response, url: URL): { begin: number; end: number; size: number } {
  if (isEncoded(response))
    throw network(url, 'the server compresses ranges, which are then others than those asked for')
  if (response.headers.get('content-type')?.toLowerCase().startsWith('multipart/'))
    throw network(url, 'the server answers one range with several')
  const value = response.headers.get('content-range')
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(value ?? '')
  const [begin, last, size] = (match ?? []).slice(1).map(Number) as [number, number, number]
  if (match === null || ![begin, last, size].every(Number.isSafeInteger) || begin > last || last >= size)
    throw network(
      url,
      value === null
        ? 'the server does not say which range it gives'
        : `the server says of the range it gives ${JSON.stringify(value.slice(0, 80))}, which is none`,
    )
  return { begin, end: last + 1, size }
}

function otherRange(url: URL, offset: number, length: number, begin: number, end: number): SdinspectError {
  return network(url, `the server gives bytes ${begin} to ${end} for the ${length} asked for at ${offset}`)
}

async function exactBody(body: Body, length: number, url: URL, offset: number): Promise<Uint8Array> {
  const bytes = await body.read(length)
  if (bytes.length === length) return bytes
  throw shortBody(url, length, bytes.length, offset)
}

function shortBody(url: URL, length: number, arrived: number, offset: number): Error {
  const error = new SdinspectError(
    'source/short-read',
    arrived > length
      ? `more bytes arrived than the ${length} asked for at ${offset}`
      : `${arrived} bytes arrived of the ${length} asked for at ${offset}`,
    { file: shownUrl(url), offset },
  )
  return arrived > length ? error : new Passing(error)
}

function rangeOf(offset: number, length: number): Record<string, string> {
  // Both ends, always: some servers know no other ranges.
  return { range: `bytes=${offset}-${offset + length - 1}` }
}

class HttpFile {
  readonly #asked: URL
  readonly #client: HttpClient
  readonly #opened: OpenedFile
  /** Where to ask. A signed URL may hold for one range only, or run out. */
  #url: Promise<URL> | undefined
  #stamp: Stamp | null
  readonly #locate: () => Promise<URL>

  constructor(
    asked: URL,
    client: HttpClient,
    opened: OpenedFile,
    locate: () => Promise<URL> = async () => asked,
  ) {
    this.#asked = asked
    this.#client = client
    this.#opened = opened
    this.#url = opened.url && Promise.resolve(opened.url)
    this.#stamp = opened.stamp
    this.#locate = locate
  }

  source(name: string): ByteSource {
    const { size, head } = this.#opened
    this.#client.traffic.opened(name, size)
    return {
      name,
      size,
      remote: true,
      read: async (offset, length) => {
        checkRange(name, size, offset, length)
        const end = offset + length
        if (end <= head.length || length === 0) return head.subarray(offset, end)
        if (offset >= head.length) return this.#range(offset, length)
        const bytes = new Uint8Array(length)
        bytes.set(head.subarray(offset))
        bytes.set(await this.#range(head.length, end - head.length), head.length - offset)
        return bytes
      },
    }
  }

  async #range(offset: number, length: number): Promise<Uint8Array> {
    this.#url ??= this.#located()
    const asked = this.#url
    const url = await asked
    try {
      return await this.#from(url, offset, length)
    } catch (error) {
      const isRefused = error instanceof SdinspectError && error.code === 'source/permission'
      if (!isRefused || url.href === this.#asked.href) throw error
      // Of several reads that were refused one asks anew.
      if (this.#url === asked || this.#url === undefined) this.#url = this.#located()
      return this.#from(await this.#url, offset, length)
    }
  }

  /** One that fails is tried again by the next read. */
  #located(): Promise<URL> {
    const url = this.#locate()
    url.catch(() => {
      if (this.#url === url) this.#url = undefined
    })
    return url
  }

  #from(url: URL, offset: number, length: number): Promise<Uint8Array> {
    const { size } = this.#opened
    // A weak tag does not promise the same bytes.
    const strong = this.#stamp?.etag?.startsWith('"') ? this.#stamp.etag : null
    // In a page it would have to be allowed by the server: there the tags of the answers are compared alone.
    const tag = this.#client.seesRedirects ? strong : null
    const ifRange = tag === null ? {} : { 'if-range': tag }
    return this.#client.get(url, { ...rangeOf(offset, length), ...ifRange }, async (answer, body) => {
      const { response } = answer
      if (response.status === 200 || response.status === 412 || response.status === 416)
        throw this.#changed('the server has another file now')
      if (response.status !== 206) throw refusal(answer, this.#asked)
      const range = contentRange(response, this.#asked)
      if (range.size !== size)
        throw this.#changed(`it is ${range.size} bytes long, and was ${size} when opened`)
      const now = stampOf(response)
      this.#stamp ??= now
      if (now.etag !== this.#stamp.etag || now.modified !== this.#stamp.modified)
        throw this.#changed('the server gives it another tag')
      if (range.begin !== offset || range.end !== offset + length)
        throw otherRange(this.#asked, offset, length, range.begin, range.end)
      return exactBody(body, length, this.#asked, offset)
    })
  }

  #changed(what: string): SdinspectError {
    return new SdinspectError('source/changed', `the file changed while it was read: ${what}`, {
      file: shownUrl(this.#asked),
      hint: 'try again',
    })
  }
}
