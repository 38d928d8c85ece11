import { SdinspectError } from '../errors.ts'

/** Whether a path is meant as a URL: a scheme of at least two letters, which no drive of Windows has. */
export function isUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path)
}

/**
 * The URL that `text` is, without its fragment.
 *
 * @throws SdinspectError `usage/arguments` for what is no http or https URL, and for one with a user name in it
 */
export function httpUrl(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch (error) {
    throw new SdinspectError('usage/arguments', 'the URL is none that can be read', { cause: error })
  }
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'http' && scheme !== 'https') {
    const isStore = scheme === 's3' || scheme === 'gs'
    throw new SdinspectError('usage/arguments', `URLs of ${scheme}: are not read, only https: and http:`, {
      hint: isStore
        ? 'make a presigned https URL of it (aws s3 presign, gcloud storage sign-url) and give that in quotes'
        : undefined,
    })
  }
  // It would end up in logs and in the list of processes.
  if (url.username !== '' || url.password !== '')
    throw new SdinspectError('usage/arguments', 'the URL holds a user name or password, and must not')
  url.hash = ''
  return url
}

/** A URL as it may be shown and kept: what stands behind `?` may be a secret. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}

/** A path of the user as it may be shown: a URL without what may be secret in it, anything else as it is. */
export function shownPath(path: string): string {
  if (!isUrl(path)) return path
  if (/^hf:/i.test(path)) return path
  try {
    const url = new URL(path)
    return `${url.protocol}//${url.host}${url.pathname}`
  } catch {
    return path.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//')
  }
}

/**
 * Where a redirect leads.
 *
 * @param first the URL that was asked for by the user
 * @throws SdinspectError `source/network` where it may not lead
 */
export function redirectedTo(location: string, from: URL, first: URL): URL {
  const refuse = (why: string) =>
    new SdinspectError('source/network', `the server redirects to ${why}`, { file: shownUrl(first) })
  let to: URL
  try {
    to = new URL(location, from)
  } catch {
    throw refuse('something that is no URL')
  }
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refuse(`a URL of ${to.protocol}`)
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw refuse(`an unencrypted connection, ${shownUrl(to)}`)
  if (to.username !== '' || to.password !== '') throw refuse('a URL with a user name in it')
  // A public server must not make this machine ask its own network.
  if (isPrivateHost(to.hostname) && !isPrivateHost(first.hostname))
    throw refuse(`a private address, ${to.hostname}`)
  to.hash = ''
  return to
}

/** Whether a host name of a parsed URL is an address of this machine or a local network, as far as the name tells. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  if (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name.endsWith('.local') ||
    name.endsWith('.internal')
  )
    return true
  if (name.startsWith('[')) return isPrivateIpv6(name.slice(1, -1))
  const parts = name.split('.').map(Number)
  // URL has made four decimal numbers of every way to write an address.
  return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) && isPrivateIpv4(parts)
}

/** The same of an address as the system writes it. */
export function isPrivateAddress(address: string): boolean {
  const name = address.includes(':') ? `[${address.replace(/%.*$/, '')}]` : address
  try {
    return isPrivateHost(new URL(`http://${name}/`).hostname)
  } catch {
    return false
  }
}

function isPrivateIpv4([a = 0, b = 0]: readonly number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128)
  )
}

function isPrivateIpv6(address: string): boolean {
  if (address === '::' || address === '::1') return true
  const first = Number.parseInt(address.split(':')[0] || '0', 16)
  // Unique local, link local, multicast; and IPv4 in IPv6, written as two groups.
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || first >= 0xff00) return true
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address)
  if (mapped === null) return false
  const high = Number.parseInt(mapped[1] as string, 16)
  return isPrivateIpv4([high >> 8, high & 255])
}
