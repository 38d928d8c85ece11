import { createHash } from 'node:crypto'
import { SdinspectError } from '../../errors.ts'
import { defaultLimits } from '../../limits.ts'
import type { LockedFile } from '../../lock/lock.ts'
import type { Report } from '../../model/report.ts'
import { farFiles } from '../../source/far-files.ts'
import type { ByteSource } from '../../source/source.ts'
import { Watch } from '../../source/watch.ts'
import type { ReadOptions } from '../command.ts'

/** Bytes that are fetched in one request. */
const window = 16_777_216

/**
 * SHA-256 of the files that hold the weights of a checkpoint at a distance, and of its index: all their bytes are fetched, at the
 * commit that the report is of. Memory is that of a window.
 *
 * @throws SdinspectError `source/*`, `source/changed` where a file is not as long as it was; the signal's reason
 */
export async function remoteFileDigests(
  report: Pick<Report, 'path' | 'files' | 'origin'>,
  { limits, signal, traffic, onProgress }: ReadOptions,
): Promise<Omit<LockedFile, 'line'>[]> {
  const watch = new Watch({ signal, onProgress })
  const all = { ...defaultLimits, ...limits }
  const place = watch.place(
    await farFiles(report, { limits: all, signal, traffic, env: process.env, first: 1 }),
  )
  const files = report.files.filter(({ role }) => role !== 'config')
  watch.expectBytes(files.reduce((sum, { bytes }) => sum + bytes, 0))
  const digests: Omit<LockedFile, 'line'>[] = []
  for (const { name, bytes } of files) {
    const source = await place.open(name)
    try {
      if (source.size !== bytes)
        throw new SdinspectError('source/changed', `the file has ${source.size} bytes, and had ${bytes}`, {
          file: source.name,
        })
      digests.push({ name, bytes, sha256: await digestOf(source) })
    } finally {
      await source.close?.()
    }
  }
  return digests
}

async function digestOf(source: ByteSource): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < source.size; at += window)
    hash.update(await source.read(at, Math.min(window, source.size - at)))
  return hash.digest('hex')
}
