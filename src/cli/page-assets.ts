import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SdinspectError } from '../errors.ts'
import type { PageAssets } from '../render/html/page.ts'

/** Where the build leaves what pages carry: beside the bundle, which is also where the sources look for it. */
const folder = import.meta.dirname.endsWith('cli')
  ? join(import.meta.dirname, '../../dist/page')
  : join(import.meta.dirname, 'page')

/**
 * The script and style of a page, as they were built.
 *
 * @throws SdinspectError `source/io` when they are not there
 */
export async function pageAssets(script: 'report' | 'viewer'): Promise<PageAssets> {
  try {
    return {
      script: await readFile(join(folder, `${script}.js`), 'utf8'),
      style: await readFile(join(folder, 'page.css'), 'utf8'),
    }
  } catch (error) {
    throw new SdinspectError('source/io', 'a part of sdinspect that pages are made of is missing', {
      hint: 'install sdinspect again; in a clone of it, npm run build',
      cause: error,
    })
  }
}
