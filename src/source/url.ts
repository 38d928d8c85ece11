import { defaultLimits, type Limits } from '../limits.ts'
import { httpPlace, httpSource } from './http.ts'
import { HttpClient, type HttpOptions } from './http-client.ts'
import { httpUrl } from './http-url.ts'
import type { ByteSource, Place } from './source.ts'

export interface UrlOptions extends HttpOptions {
  readonly limits?: Partial<Limits>
}

/**
 * A file on a web server, read by ranges. In a browser the server must allow it (CORS), and show `Content-Range`.
 *
 * @throws SdinspectError `source/*`, `usage/arguments` for what is no http or https URL
 */
export function urlSource(url: string, options: UrlOptions = {}): Promise<ByteSource> {
  return httpSource(httpUrl(url), new HttpClient(options), limitsOf(options))
}

/** The folder that a URL is in, for the configuration files and shards beside it. It cannot be listed. */
export function urlPlace(url: string, options: UrlOptions = {}): Place {
  return httpPlace(httpUrl(url), new HttpClient(options), limitsOf(options))
}

function limitsOf({ limits }: UrlOptions): Limits {
  return { ...defaultLimits, ...limits }
}
