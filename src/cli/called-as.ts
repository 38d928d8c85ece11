import { relative } from 'node:path'
import type { Io } from './io.ts'

/** How whoever runs this calls it, so that a command it prints can be pasted: through npx, by its file in a clone, or by name. */
export function calledAs({ env, script = '' }: Pick<Io, 'env' | 'script'>): string {
  const path = script.replaceAll('\\', '/')
  if (env.npm_command === 'exec' || path.includes('/node_modules/')) return 'npx sdinspect'
  if (!path.endsWith('/sdinspect.js') || process.versions.bun !== undefined) return 'sdinspect'
  const near = relative('.', script).replaceAll('\\', '/')
  const shown = near.length < path.length ? near : path
  return /^[\w./:-]+$/.test(shown) ? `node ${shown}` : 'sdinspect'
}
