type Environment = Readonly<Record<string, string | undefined>>

const names = ['https_proxy', 'http_proxy', 'all_proxy'] as const

/** Whether any requests go through a proxy. */
export function hasProxy(env: Environment): boolean {
  return names.some((name) => variable(env, name) !== undefined)
}

/**
 * The proxy for a URL, as `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in small letters first; null for none.
 * A value without a scheme is that of an http proxy.
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const own = variable(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy')
  const value = own ?? variable(env, 'all_proxy')
  if (value === undefined || isExcepted(url, variable(env, 'no_proxy') ?? '')) return null
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  return URL.canParse(text) ? new URL(text) : null
}

function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined
}

/** A host, all below one (`example.com`, `.example.com`, `*.example.com`), either with a port, or `*`. */
function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      const [, name = '', onPort] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? []
      const bare = entry.split(':').length > 2 && !entry.startsWith('[') ? entry : name
      const below = bare.replace(/^\*?\./, '')
      if (below === '' || (onPort !== undefined && bare === name && onPort !== ownPort)) return false
      return host === below || host.endsWith(`.${below}`)
    })
}
