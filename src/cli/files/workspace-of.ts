import { realpathSync } from 'node:fs'
import type { Workspace } from '../../render/workspace.ts'
import type { Io } from '../io.ts'

/** Of GitHub, GitLab and Azure Pipelines: the folder that the repository was checked out to. */
const roots = ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR', 'BUILD_SOURCESDIRECTORY'] as const

/** Where CI has its files, as its environment says; undefined elsewhere. */
export function workspaceOf(env: Io['env']): Workspace | undefined {
  const root = roots.map((name) => env[name]).find((path) => path !== undefined && path !== '')
  if (root === undefined) return undefined
  return { root: realPath(root), folder: realPath('.') }
}

function realPath(path: string): string {
  try {
    return realpathSync(path).replaceAll('\\', '/')
  } catch {
    // A workspace of another machine: nothing is in it.
    return path.replaceAll('\\', '/')
  }
}
