import { SdinspectError } from '../errors.ts'
import { defaultLimits } from '../limits.ts'
import { HttpClient } from './http-client.ts'
import { hubModel } from './hub.ts'
import { hubName } from './hub-name.ts'
import type { Place } from './source.ts'
import type { UrlOptions } from './url.ts'

export interface HubOptions extends UrlOptions {
  /** Default: `https://huggingface.co`. */
  readonly endpoint?: string
  /** Sent to the endpoint and to nobody else. */
  readonly token?: string
}

/**
 * The folder that `hf://org/name@revision/path` leads to, or that the file of this name is in, at the commit that the
 * revision is now: the commit is in the name of the place. In a browser too, where the Hub allows it (CORS).
 *
 * @throws SdinspectError `usage/arguments`, `unsupported/feature` for what is no model, `source/*`
 */
export async function hubPlace(name: string, options: HubOptions = {}): Promise<Place> {
  const asked = hubName(name)
  if (asked === undefined)
    throw new SdinspectError('usage/arguments', 'the address names no model of the Hub')
  const { endpoint = 'https://huggingface.co', token, limits, ...http } = options
  const client = new HttpClient({
    ...http,
    ...(token === undefined
      ? {}
      : { credentials: { origin: new URL(endpoint).origin, headers: { authorization: `Bearer ${token}` } } }),
  })
  const { place, files } = await hubModel(asked, client, {
    endpoint: endpoint.replace(/\/+$/, ''),
    limits: { ...defaultLimits, ...limits },
  })
  const { path } = asked
  const folder = files.has(path) ? path.slice(0, Math.max(0, path.lastIndexOf('/'))) : path
  return folder === '' ? place : (place.folder?.(folder) as Place)
}
