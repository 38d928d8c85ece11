import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Names of a policy, in the order they are looked for in a folder. */
const policyNames = ['sdinspect.yaml', 'sdinspect.yml', 'sdinspect.json']

/** The policy of `folder`: the nearest in it or above it, up to the root of the git repository. null when there is none. */
export function findPolicy(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    for (const name of policyNames) if (isThere(join(at, name))) return join(at, name)
    if (dirname(at) === at || isThere(join(at, '.git'))) return null
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}
