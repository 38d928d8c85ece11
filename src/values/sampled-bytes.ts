import { SdinspectError } from '../errors.ts'
import type { CheckpointFile } from '../model/checkpoint.ts'
import type { ByteSource } from '../source/source.ts'
import { inParallel } from '../source/together.ts'

/** Bytes of the runs at both ends of a file, and of those between. */
const endBytes = 65_536
const runBytes = 4_096
/** Runs between the ends, of all files together; a file has a few however many there are. */
const allRuns = 256
const fewestRuns = 4

/** Reads under way at once. */
const width = 16

/**
 * SHA-256 of bytes of every file at places that follow from their sizes: both ends, and runs evenly between. It tells files
 * of one shape apart that differ in one of these, as two checkpoints of one training do, and not those that differ elsewhere.
 *
 * @throws SdinspectError what opening and reading throw; `unsupported/feature` where the platform has no hash
 */
export async function sampledBytes(
  files: readonly Pick<CheckpointFile, 'name' | 'bytes'>[],
  open: (name: string) => Promise<ByteSource>,
): Promise<string> {
  const runs = Math.max(fewestRuns, Math.floor(allRuns / Math.max(1, files.length)))
  const digests: string[] = []
  for (const { name } of files) {
    const source = await open(name)
    const pieces = await inParallel(places(source.size, runs), width, ({ offset, length }) =>
      source.read(offset, length),
    )
    digests.push(`${source.size} ${await sha256(await new Blob(pieces as BlobPart[]).arrayBuffer())}`)
  }
  return `sha256:${await sha256(new TextEncoder().encode(digests.join('\n')))}`
}

function places(size: number, runs: number): readonly { readonly offset: number; readonly length: number }[] {
  if (size <= 2 * endBytes + runs * runBytes) return [{ offset: 0, length: size }]
  const first = endBytes
  const last = size - endBytes - runBytes
  return [
    { offset: 0, length: endBytes },
    ...Array.from({ length: runs }, (_, i) => ({
      offset: first + Math.floor(((last - first) / (runs - 1)) * i),
      length: runBytes,
    })),
    { offset: size - endBytes, length: endBytes },
  ]
}

async function sha256(bytes: BufferSource): Promise<string> {
  const { subtle } = globalThis.crypto ?? {}
  if (subtle === undefined)
    throw new SdinspectError(
      'unsupported/feature',
      'there is no SHA-256 on this page: it is not served over TLS',
    )
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
