import { isSdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { PickledImport } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import type { Unverified } from '../../../model/unverified.ts'
import { part } from '../../../source/part.ts'
import { readAhead } from '../../../source/read-ahead.ts'
import type { ByteSource } from '../../../source/source.ts'
import { inParallel } from '../../../source/together.ts'
import { openArchive, readDataPickle } from '../archive/archive.ts'
import { pickleWithin } from '../archive/member-pickles.ts'
import { isUnread } from '../rebuild/tensor-record.ts'
import { quoted } from './distributed-chunks.ts'
import type { DistributedBlob, DistributedMetadata, DistributedTensor } from './distributed-metadata.ts'

export interface BlobContents {
  readonly imports: PickledImport[]
  readonly findings: Finding[]
  /** What has been left for later of a file at a distance. */
  readonly unverified: Unverified[]
}

/** Of the values in one file at a distance, so many bytes are read at once; the others are left, and said to be. */
const bytesAhead = 131_072
/** Either end of a blob at a distance: of most there is nothing between. */
const endBytes = 65_536
const blobsAtOnce = 64

/**
 * What is in the blobs of one `*.distcp` file. A tensor is a torch.save file of its own, which has to be of the shape
 * and type of its chunk; a value is loaded with `weights_only=False`, so its imports count.
 *
 * @param isAll also reads what is left for later of a file at a distance
 */
export async function readBlobs(
  source: ByteSource,
  blobs: readonly DistributedBlob[],
  { tensors, values }: DistributedMetadata,
  limits: Limits,
  isAll: boolean,
): Promise<BlobContents> {
  const chunks = new ChunksByPlace(tensors)
  const valueNames = new Set(values)
  const isValue = ({ name }: DistributedBlob) => valueNames.has(name) || !chunks.has(name)
  const wanted = blobs.flatMap((blob): Wanted[] => {
    if (blob.isTransformed || blob.length === 0 || blob.offset + blob.length > source.size) return []
    if (isValue(blob)) return [{ blob, chunk: null }]
    const chunk = chunks.at(blob)
    return chunk === undefined ? [] : [{ blob, chunk }]
  })
  const isFar = source.remote !== undefined
  const { now, later } = isFar && !isAll ? small(wanted) : { now: wanted, later: [] }
  const all = await inParallel(now, isFar ? blobsAtOnce : 1, (one) => contentsOf(source, one, limits))
  return {
    imports: all.flatMap(({ imports }) => imports),
    findings: [
      ...all.flatMap(({ findings }) => findings),
      ...transformed(blobs.filter((blob) => blob.isTransformed && isValue(blob))),
    ],
    unverified: [
      ...unverified(
        'pickles',
        later.filter(({ chunk }) => chunk === null),
      ),
      ...unverified(
        'distributed-parts',
        later.filter(({ chunk }) => chunk !== null),
      ),
    ],
  }
}

interface Wanted {
  readonly blob: DistributedBlob
  /** What a tensor has to be; null for a value. */
  readonly chunk: ExpectedChunk | null
}

interface ExpectedChunk {
  readonly sizes: readonly number[]
  readonly dtype: string | null
}

/** The chunks of tensors by where they begin: one tensor may have a hundred thousand. */
class ChunksByPlace {
  readonly #tensors: ReadonlyMap<string, DistributedTensor>
  readonly #chunks = new Map<string, ReadonlyMap<string, ExpectedChunk>>()

  constructor(tensors: readonly DistributedTensor[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  at({ name, start }: DistributedBlob): ExpectedChunk | undefined {
    const tensor = this.#tensors.get(name)
    if (tensor === undefined) return undefined
    let chunks = this.#chunks.get(name)
    if (chunks === undefined) {
      chunks = new Map(
        tensor.parts.map((part) => [part.start.join(), { sizes: part.shape, dtype: tensor.dtype }]),
      )
      this.#chunks.set(name, chunks)
    }
    // A writer that knows no parts gives no place: the one part is all of it.
    return chunks.get((start ?? tensor.shape.map(() => 0)).join())
  }
}

/** Values that went through a compression are loaded with `weights_only=False` all the same. */
function transformed(blobs: readonly DistributedBlob[]): Finding[] {
  const [first] = blobs
  if (first === undefined) return []
  const more = blobs.length === 1 ? '' : `, and so are ${blobs.length - 1} others of this file`
  const problem = `it is compressed or otherwise transformed${more}`
  return [finding('torch/unread-member', { member: first.name, problem }, { file: first.file })]
}

/** The small values, whose imports are wanted; what a tensor says only confirms what `.metadata` says. */
function small(wanted: readonly Wanted[]): { now: Wanted[]; later: Wanted[] } {
  const now: Wanted[] = []
  const later: Wanted[] = []
  let bytesLeft = bytesAhead
  for (const one of wanted) {
    const isNow = one.chunk === null && one.blob.length <= bytesLeft
    if (isNow) bytesLeft -= one.blob.length
    const those = isNow ? now : later
    those.push(one)
  }
  return { now, later }
}

function unverified(what: Unverified['what'], left: readonly Wanted[]): Unverified[] {
  const [first] = left
  if (first === undefined) return []
  const bytes = left.reduce((sum, { blob }) => sum + Math.min(blob.length, 2 * endBytes), 0)
  return [{ file: first.blob.file, what, count: left.length, bytes }]
}

async function contentsOf(
  source: ByteSource,
  { blob, chunk }: Wanted,
  limits: Limits,
): Promise<Omit<BlobContents, 'unverified'>> {
  const stored = part(source, blob.offset, blob.length, blob.name)
  const inner =
    source.remote === undefined
      ? stored
      : readAhead({ ...stored, remote: true }, { first: endBytes, last: endBytes })
  if (chunk === null) return pickleWithin(inner, blob.name, blob.file, limits)
  const problem = await tensorProblem(inner, chunk.sizes, chunk.dtype, blob, limits)
  if (problem === null) return { imports: [], findings: [] }
  const said = `the chunk of ${quoted(blob.name)} at byte ${blob.offset} ${problem}`
  return {
    imports: [],
    findings: [finding('torch-distributed/chunks', { problem: said }, { file: blob.file })],
  }
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
    const archive = await openArchive(
      source,
      { limits, verify: true },
      {
        file: blob.file,
        offset: blob.offset,
        length: blob.length,
      },
    )
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
