import { SdinspectError } from '../errors.ts'
import type { Library } from './command.ts'

/** The library as the command line uses it, loaded when the first path is opened. */
export const library: Library = {
  async *inspectPaths(paths) {
    for (const path of paths)
      yield { path, error: new SdinspectError('unsupported/format', 'no format is read by this build') }
  },
}
