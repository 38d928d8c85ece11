import { isSdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { PickledImport } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { part } from '../../../source/part.ts'
import type { ByteSource } from '../../../source/source.ts'
import { openArchive, readDataPickle } from '../archive/archive.ts'
import { pickleWithin } from '../archive/member-pickles.ts'
import { isUnread } from '../rebuild/tensor-record.ts'
import { quoted } from './distributed-chunks.ts'
import type { DistributedBlob, DistributedMetadata } from './distributed-metadata.ts'

export interface BlobContents {
  readonly imports: PickledImport[]
  readonly findings: Finding[]
}

/**
 * What is in the blobs of one `*.distcp` file. A tensor is a torch.save file of its own, which has to be of the shape
 * and type of its chunk; a value is loaded with `weights_only=False`, so its imports count.
 */
export async function readBlobs(
  source: ByteSource,
  blobs: readonly DistributedBlob[],
  { tensors, values }: DistributedMetadata,
  limits: Limits,
): Promise<BlobContents> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const valueNames = new Set(values)
  const contents: BlobContents = { imports: [], findings: [] }
  for (const blob of blobs) {
    if (blob.isTransformed || blob.length === 0 || blob.offset + blob.length > source.size) continue
    const inner = part(source, blob.offset, blob.length, blob.name)
    const tensor = byName.get(blob.name)
    if (tensor === undefined || valueNames.has(blob.name)) {
      const { imports, findings } = await pickleWithin(inner, blob.name, blob.file, limits)
      contents.imports.push(...imports)
      contents.findings.push(...findings)
      continue
    }
    const chunk = tensor.parts.find(({ start }) => same(start, blob.start ?? []))
    if (chunk === undefined) continue
    const problem = await tensorProblem(inner, chunk.shape, tensor.dtype, blob, limits)
    if (problem !== null)
      contents.findings.push(
        finding(
          'torch-distributed/chunks',
          { problem: `the chunk of ${quoted(blob.name)} at byte ${blob.offset} ${problem}` },
          { file: blob.file },
        ),
      )
  }
  return contents
}

/** Only torch.save files are looked into: other writers have layouts of their own. */
async function tensorProblem(
  source: ByteSource,
  sizes: readonly number[],
  dtype: string | null,
  blob: DistributedBlob,
  limits: Limits,
): Promise<string | null> {
  const head = await source.read(0, Math.min(4, source.size))
  if (head[0] !== 0x50 || head[1] !== 0x4b) return null
  try {
    const archive = await openArchive(source, limits, {
      file: blob.file,
      offset: blob.offset,
      length: blob.length,
    })
    const { value, evaluation } = await readDataPickle(archive, limits)
    const record = evaluation.read(value)
    if (record === null || isUnread(record)) return 'holds no tensor'
    if (!same(record.shape, sizes))
      return `holds a tensor of [${record.shape.join(', ')}], and should hold one of [${sizes.join(', ')}]`
    return dtype === null || record.dtype === dtype ? null : `holds ${record.dtype}, and should hold ${dtype}`
  } catch (error) {
    if (!isSdinspectError(error) || !error.code.startsWith('format/')) throw error
    return `cannot be read: ${error.message}`
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
