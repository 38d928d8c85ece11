import type { Library } from './command.ts'

/** The library as the command line uses it, loaded when the first path is opened. */
export const library: Library = {
  async *inspectPaths(paths, options) {
    const { inspectPaths } = await import('../node.ts')
    yield* inspectPaths(paths, options)
  },
  async *digestPaths(paths, { at, signal, ...options }) {
    const { digestValues, openEach } = await import('../node.ts')
    for await (const each of openEach(paths, { ...options, ...(signal && { signal }) })) {
      if ('error' in each) {
        yield each
        continue
      }
      const { path, opened } = each
      try {
        const stateDict = at ?? opened.checkpoint.stateDicts[0]?.path ?? ''
        const digests = await digestValues(opened, {
          ...(signal && { signal }),
          ...(at === null ? {} : { stateDict }),
        })
        const { files, findings } = opened.report
        yield { path, report: { path, files, findings, stateDict, ...digests } }
      } catch (error) {
        signal?.throwIfAborted()
        yield { path, error }
      } finally {
        await opened.close()
      }
    }
  },
  async *statisticsPaths(paths, { narrow, signal, ...options }) {
    const { openEach } = await import('../node.ts')
    for await (const each of openEach(paths, { ...options, ...(signal && { signal }) })) {
      if ('error' in each) {
        yield each
        continue
      }
      const { path, opened } = each
      try {
        const { files, findings, stateDicts } = narrow(opened.report)
        const [stateDict] = stateDicts
        const found = await opened.statistics({
          ...(stateDict && { of: stateDict }),
          ...(signal && { signal }),
        })
        yield { path, report: { path, files, findings, stateDict: stateDict?.path ?? '', ...found } }
      } catch (error) {
        signal?.throwIfAborted()
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
