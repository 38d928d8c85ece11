/** Where a run of CI has its files. Absolute paths, with `/`. */
export interface Workspace {
  /** What services call files from: the root of the repository. */
  readonly root: string
  /** The folder that the command runs in, from which it calls files. */
  readonly folder: string
}

/** A path of the command line as a service calls it; as it is where it leads out of the workspace, or is a URL. */
export function workspacePath(path: string, workspace: Workspace | undefined): string {
  const slashed = path.replaceAll('\\', '/')
  const plain = slashed.replace(/^(?:\.\/)+/, '') || '.'
  if (workspace === undefined || /^[a-z]+:\/\//i.test(plain)) return plain
  const isAbsolute = /^(?:\/|[A-Za-z]:\/)/.test(plain)
  const full = resolved(isAbsolute ? plain : `${workspace.folder}/${plain}`)
  const root = resolved(workspace.root)
  if (full === root) return '.'
  const inside = root.endsWith('/') ? root : `${root}/`
  return full.startsWith(inside) ? full.slice(inside.length) : plain
}

/** Without `.`, `..` and doubled slashes. */
function resolved(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`
}
