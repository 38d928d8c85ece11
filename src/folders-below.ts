import { foldersBelow } from './formats/folder.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { diskPlace } from './source/disk-place.ts'
import { pathKind } from './source/file.ts'

/**
 * The folders right below a folder that hold checkpoints beside its own; none for what is no folder. Their files are not
 * opened, but for indexes.
 */
export async function foldersWithCheckpoints(
  path: string,
  options: { readonly limits?: Partial<Limits> } = {},
): Promise<readonly string[]> {
  if (pathKind(path) !== 'folder') return []
  return foldersBelow(diskPlace(path), { ...defaultLimits, ...options.limits })
}
