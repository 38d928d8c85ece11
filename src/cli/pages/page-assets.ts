import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SdinspectError } from '../../errors.ts'
import { unLzma } from '../../render/html/lzma.ts'
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
  const text = async (name: string) => new TextDecoder().decode(await built(name))
  return { script: await text(`${script}.js`), style: await text('page.css') }
}

/**
 * The script of the viewer, and the same compressed, as its page carries it.
 *
 * @throws SdinspectError `source/io` when it is not there
 */
export async function viewerCode(): Promise<{ readonly code: string; readonly packed: Uint8Array }> {
  const packed = await built('viewer.lzma')
  return { code: new TextDecoder().decode(unLzma(packed)), packed }
}

async function built(name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, name))
  } catch (error) {
    throw new SdinspectError('source/io', 'a part of sdinspect that pages are made of is missing', {
      hint: 'install sdinspect again; in a clone of it, npm run build',
      cause: error,
    })
  }
}
