import type { Library } from './command.ts'

/** The library as the command line uses it, loaded when the first path is opened. */
export const library: Library = {
  async *inspectPaths(paths, options) {
    const { inspectPaths } = await import('../node.ts')
    yield* inspectPaths(paths, options)
  },
  async *openPaths(paths, options) {
    const { openPaths } = await import('../node.ts')
    yield* openPaths(paths, options)
  },
}
