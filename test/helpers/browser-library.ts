import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The library as a script of a page: what it exports is in `sdinspect`. */
export async function browserLibrary(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'sdinspect',
  })
  return outputFiles[0]?.text ?? ''
}
