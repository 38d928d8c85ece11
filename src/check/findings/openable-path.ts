import type { CheckpointFile } from '../../model/checkpoint.ts'

/**
 * The path a person can open of a file of the checkpoint at `path`, which is a folder, or one of its files. With
 * `/` on every system, as reports want it.
 */
export function openablePath(path: string, name: string, files: readonly CheckpointFile[]): string {
  const shown = path.replaceAll('\\', '/')
  const slash = shown.lastIndexOf('/')
  const last = shown.slice(slash + 1)
  if (shown === '-') return name
  const isFile = last === name || files.some((file) => file.name === last)
  if (!isFile) return `${shown.replace(/\/$/, '')}/${name}`
  return slash < 0 ? name : `${shown.slice(0, slash)}/${name}`
}
