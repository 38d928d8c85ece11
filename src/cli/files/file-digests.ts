import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SdinspectError } from '../../errors.ts'
import type { LockedFile } from '../../lock/lock.ts'
import type { Report } from '../../model/report.ts'
import { isUrl } from '../../source/http-url.ts'

/**
 * SHA-256 of the files that hold the weights of a checkpoint on disk, and of its index. Read as a stream: memory
 * does not grow with the files.
 *
 * @throws SdinspectError `source/io`, `source/changed`
 */
export async function fileDigests(report: Report): Promise<Omit<LockedFile, 'line'>[]> {
  if (isUrl(report.path))
    throw new SdinspectError(
      'unsupported/feature',
      'the bytes of whole files are only read on this machine',
      {
        file: report.path,
        hint: 'download the model, or lock it at another level',
      },
    )
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
