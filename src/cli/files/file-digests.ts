import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SdinspectError } from '../../errors.ts'
import type { LockedFile } from '../../lock/lock.ts'
import type { Report } from '../../model/report.ts'
import { isUrl } from '../../source/http-url.ts'
import { announced } from '../announced.ts'
import type { Call, Library } from '../command.ts'
import { isFar } from '../library.ts'

/** What telling the bytes of files at a distance takes. */
export interface FileDigestsCall extends Pick<Call<'yes' | 'limits'>, 'options' | 'talk'> {
  readonly library: Pick<Library, 'fileDigests'>
}

/**
 * SHA-256 of the files that hold the weights of a checkpoint, and of its index. On disk they are read as a stream: memory
 * does not grow with the files. Those at a distance are fetched, once somebody was told how much that is.
 *
 * @throws SdinspectError `source/io`, `source/changed`, `limit/exceeded` (`remoteValueBytes`)
 */
export async function fileDigests(
  report: Report,
  { library, options, talk }: FileDigestsCall,
): Promise<readonly Omit<LockedFile, 'line'>[]> {
  if (isUrl(report.path) || report.origin !== undefined) {
    const { limits } = options
    const bytes = report.files.reduce((sum, file) => sum + (file.role === 'config' ? 0 : file.bytes), 0)
    if (isFar(report)) await announced({ options, talk }, 'files')({ path: report.path, bytes })
    for await (const digests of library.fileDigests?.(report, { limits }) ?? []) return digests
  }
  const isFolder = await stat(report.path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const folder = isFolder ? report.path : dirname(report.path)
  const digests: Omit<LockedFile, 'line'>[] = []
  for (const { name, role } of report.files)
    if (role !== 'config') digests.push({ name, ...(await digestOf(join(folder, name))) })
  return digests
}

/** @throws SdinspectError `source/io` */
export async function digestOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Uint8Array)
      bytes += (chunk as Uint8Array).length
    }
  } catch (error) {
    throw new SdinspectError('source/io', 'could not be read for its digest', { file: path, cause: error })
  }
  return { bytes, sha256: hash.digest('hex') }
}
