import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { SdinspectError } from '../errors.ts'

/** How the Hub is reached. */
export interface HubAccess {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly token?: string
  /** There is no network: only what is in the cache is read. */
  readonly isOffline: boolean
  /** The folder of huggingface_hub's cache. */
  readonly cache: string
}

type Environment = Readonly<Record<string, string | undefined>>

const yes = new Set(['1', 'on', 'yes', 'true'])

/**
 * What the environment says of the Hub, by the rules of huggingface_hub.
 *
 * @throws SdinspectError `usage/arguments` for an endpoint that is none
 */
export function hubAccess(env: Environment): HubAccess {
  const isOn = (name: string) => yes.has((env[name] ?? '').toLowerCase())
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(endpoint))
    throw new SdinspectError('usage/arguments', 'HF_ENDPOINT is no http or https address')
  const token = isOn('HF_HUB_DISABLE_IMPLICIT_TOKEN') ? undefined : tokenOf(env)
  const cache = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(homeOf(env), 'hub')
  return {
    endpoint,
    ...(token === undefined ? {} : { token }),
    isOffline: ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].some(isOn),
    cache: expanded(cache, env),
  }
}

function homeOf(env: Environment): string {
  return expanded(env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'), env)
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
  try {
    return (
      readFileSync(expanded(env.HF_TOKEN_PATH || join(homeOf(env), 'token'), env), 'utf8').trim() || undefined
    )
  } catch {
    return undefined
  }
}

/** With `~` and `$NAME` as a shell has them; what is not set stays. */
function expanded(path: string, env: Environment): string {
  const named = path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, bare) => env[braced ?? bare] ?? all)
  return named === '~' || named.startsWith('~/') ? join(homedir(), named.slice(1)) : named
}
