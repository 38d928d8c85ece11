import type { Library } from './command.ts'

/** The library as the command line uses it, loaded when the first path is opened. */
export const library: Library = {
  async *inspectPaths(paths, options) {
    const { inspectPaths } = await import('../node.ts')
    yield* inspectPaths(paths, options)
  },
  async *digestPaths(paths, { limits, at }) {
    const { digestValues, openEach } = await import('../node.ts')
    for await (const each of openEach(paths, { limits })) {
      if ('error' in each) {
        yield each
        continue
      }
      const { path, opened } = each
      try {
        const stateDict = at ?? opened.checkpoint.stateDicts[0]?.path ?? ''
        const digests = await digestValues(opened, at === null ? {} : { stateDict })
        const { files, findings } = opened.report
        yield { path, report: { path, files, findings, stateDict, ...digests } }
      } catch (error) {
        yield { path, error }
      } finally {
        await opened.close()
      }
    }
  },
  async *openPaths(paths, options) {
    const { openPaths } = await import('../node.ts')
    yield* openPaths(paths, options)
  },
}
