import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { SdinspectError } from '../errors.ts'

/** How the Hub is reached. */
export interface HubAccess {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly token?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const yes = new Set(['1', 'on', 'yes', 'true'])

/**
 * What the environment says of the Hub, by the rules of huggingface_hub.
 *
 * @throws SdinspectError `source/network` when it says that there is no network, `usage/arguments` for an endpoint
 *   that is none
 */
export function hubAccess(env: Environment): HubAccess {
  const isOn = (name: string) => yes.has((env[name] ?? '').toLowerCase())
  for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])
    if (isOn(name)) throw new SdinspectError('source/network', `${name} is set, so the Hub is not asked`)
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(endpoint))
    throw new SdinspectError('usage/arguments', 'HF_ENDPOINT is no http or https address')
  const token = isOn('HF_HUB_DISABLE_IMPLICIT_TOKEN') ? undefined : tokenOf(env)
  return token === undefined ? { endpoint } : { endpoint, token }
}

function tokenOf(env: Environment): string | undefined {
  const given = [env.HF_TOKEN, env.HUGGING_FACE_HUB_TOKEN].map((token) =>
    token?.replace(/[\r\n]/g, '').trim(),
  )
  const token = given.find((one) => one !== undefined && one !== '') ?? storedToken(env)
  // A header holds nothing else.
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : undefined
}

function storedToken(env: Environment): string | undefined {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  try {
    return readFileSync(expanded(env.HF_TOKEN_PATH || join(home, 'token')), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

function expanded(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}
