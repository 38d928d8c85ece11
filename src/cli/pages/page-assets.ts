import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SdinspectError } from '../../errors.ts'
import type { PageAssets } from '../../render/html/page.ts'

/** Where the build leaves what pages carry: beside the bundle, which is also where the sources look for it. */
const folder = import.meta.dirname.endsWith('pages')
  ? join(import.meta.dirname, '../../../dist/page')
  : join(import.meta.dirname, 'page')

/**
 * The script and style of a page, as they were built.
 *
 * @throws SdinspectError `source/io` when they are not there
 */
export async function pageAssets(script: 'report' | 'unpack'): Promise<PageAssets> {
  return { script: await built(`${script}.js`), style: await built('page.css') }
}

/** The script of the viewer, which its page unpacks. @throws SdinspectError `source/io` when it is not there */
export async function viewerCode(): Promise<string> {
  return built('viewer.js')
}

async function built(name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch (error) {
    throw new SdinspectError('source/io', 'a part of sdinspect that pages are made of is missing', {
      hint: 'install sdinspect again; in a clone of it, npm run build',
      cause: error,
    })
  }
}
