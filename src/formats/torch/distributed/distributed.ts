import type { PickleValue } from '../../../codec/pickle-value.ts'
import { isSdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import { withinLimit } from '../../../limits.ts'
import type { Checkpoint, CheckpointFile, FilePart, PickledImport } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import type { Unverified } from '../../../model/unverified.ts'
import type { ByteSource, Place } from '../../../source/source.ts'
import { inParallel } from '../../../source/together.ts'
import type { ReadContext } from '../../format.ts'
import { pickleWithin } from '../archive/member-pickles.ts'
import { importFindings, safetyOf } from '../safety/safety.ts'
import { readBlobs } from './distributed-blobs.ts'
import { sharedBytes } from './distributed-chunks.ts'
import {
  type DistributedBlob,
  type DistributedMetadata,
  distributedMetadata,
  isDistributedClass,
} from './distributed-metadata.ts'
import { DistributedParts } from './distributed-parts.ts'
import { distributedStateDicts, inBlob } from './distributed-state-dicts.ts'

/**
 * Reads a folder that torch.distributed.checkpoint wrote, from its `.metadata`: names, shapes and types are all
 * in it. What is in the `*.distcp` files is compared with it.
 */
export async function readDistributed(
  root: PickleValue,
  imports: readonly PickledImport[],
  file: { readonly name: string; readonly bytes: number },
  context: ReadContext,
): Promise<Checkpoint> {
  const metadata = distributedMetadata(root, context.limits)
  const data = await dataFiles(metadata, context)
  const own = imports.map((one) => (isDistributedClass(one.name) ? { ...one, allowed: true } : one))
  const safety = safetyOf([...own, ...data.imports])
  const parts = new DistributedParts(metadata.blobs)
  const stateDicts = distributedStateDicts(metadata, parts, context.limits)
  return {
    format: 'torch-distributed',
    producer: 'torch.distributed.checkpoint',
    files: [{ name: file.name, bytes: file.bytes, role: 'index' }, ...data.files],
    metadata: new Map(),
    side: {},
    stateDicts,
    values: new Map(metadata.values.map((name) => [name, inBlob])),
    parts: partsOf(metadata),
    pickle: safety,
    findings: [
      ...importFindings(safety, file.name),
      ...sharedBytes(metadata.blobs, file.name),
      ...data.findings,
      ...partFindings(parts.problems),
      ...unknownPlaces(metadata.unknownPlaces, file.name),
    ],
    ...(data.unverified.length === 0 ? {} : { unverified: data.unverified }),
  }
}

/** What was put through a compression has no checksums of its own. */
function partsOf({ blobs }: DistributedMetadata): ReadonlyMap<string, readonly FilePart[]> {
  const parts = new Map<string, FilePart[]>()
  for (const { name, file, offset, length, isTransformed } of blobs) {
    const known = parts.get(file) ?? []
    parts.set(file, known)
    if (!isTransformed) known.push({ name, offset, length })
  }
  return parts
}

/** Once for all tensors of a checkpoint: a writer that goes wrong goes wrong with each. */
function partFindings(problems: ReadonlyMap<string, string>): Finding[] {
  const [first] = problems
  if (first === undefined) return []
  const [tensor, problem] = first
  return [finding('torch-distributed/wrong-parts', { problem, tensors: problems.size }, { tensor })]
}

/** What another writer has put into `storage_data`: it may load what is not looked at here. */
function unknownPlaces(count: number, file: string): Finding[] {
  if (count === 0) return []
  const problem = `${count} ${count === 1 ? 'place' : 'places'} in storage_data ${count === 1 ? 'is' : 'are'} of a form that is not known, and what is there is not read`
  return [finding('torch-distributed/chunks', { problem }, { file })]
}

/** The files the chunks are in; a finding for each that is missing or too short. */
async function dataFiles(metadata: DistributedMetadata, context: ReadContext): Promise<DataFiles> {
  const ends = new Map<string, DistributedBlob>()
  const inFile = new Map<string, DistributedBlob[]>()
  for (const blob of metadata.blobs) {
    const others = inFile.get(blob.file)
    if (others === undefined) inFile.set(blob.file, [blob])
    else others.push(blob)
    const last = ends.get(blob.file)
    if (last === undefined || blob.offset + blob.length > last.offset + last.length) ends.set(blob.file, blob)
  }
  const { place, limits } = context
  withinLimit(limits, 'shards', ends.size, 'the number of files that .metadata names')
  const own =
    place === undefined
      ? []
      : await inParallel([...ends], filesAtOnce, ([name, last]) =>
          dataFile(name, last, inFile.get(name) ?? [], metadata, { ...context, place }),
        )
  const strays = place === undefined ? [] : await strayFiles(ends, place, limits)
  const all = [...own, ...strays]
  return {
    files: all.flatMap(({ files }) => files),
    findings: all.flatMap(({ findings }) => findings),
    imports: all.flatMap(({ imports }) => imports),
    unverified: all.flatMap(({ unverified }) => unverified),
  }
}

const filesAtOnce = 16

/** Files of another save, which may hold pickles as any other. */
async function strayFiles(
  named: ReadonlyMap<string, unknown>,
  place: Place,
  limits: ReadContext['limits'],
): Promise<DataFiles[]> {
  const strays = ((await place.list()) ?? []).filter((name) => name.endsWith('.distcp') && !named.has(name))
  withinLimit(limits, 'shards', strays.length, 'the number of *.distcp files')
  return inParallel(strays, filesAtOnce, async (name) => {
    const data: DataFiles = {
      files: [],
      findings: [finding('torch-distributed/stray-file', {}, { file: name })],
      imports: [],
      unverified: [],
    }
    let source: ByteSource | undefined
    try {
      source = await place.open(name)
      const [first] = await source.read(0, Math.min(1, source.size))
      const { imports, findings } = await pickleWithin(source, name, name, limits)
      for (const one of imports) data.imports.push(one)
      // As a rule it is archives of torch one after another, without a list of them.
      if (first !== 0x50) data.findings.push(...findings)
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      data.findings.push(
        finding('torch/unread-member', { member: name, problem: error.message }, { file: name }),
      )
    } finally {
      await source?.close?.()
    }
    return data
  })
}

/** The bytes of a file that no blob has, with the first of them. */
function unnamedBytes(file: string, blobs: readonly DistributedBlob[], size: number): Finding[] {
  let [end, bytes, at] = [0, 0, -1]
  const skipTo = (next: number): void => {
    if (next <= end) return
    if (at < 0) at = end
    bytes += next - end
  }
  for (const { offset, length } of [...blobs].sort((a, b) => a.offset - b.offset)) {
    skipTo(offset)
    end = Math.max(end, offset + length)
  }
  skipTo(size)
  return bytes === 0 ? [] : [finding('torch-distributed/unnamed-bytes', { bytes, at }, { file })]
}

interface DataFiles {
  readonly files: CheckpointFile[]
  readonly findings: Finding[]
  readonly imports: PickledImport[]
  readonly unverified: Unverified[]
}

/** @param last the blob that ends last */
async function dataFile(
  name: string,
  last: DistributedBlob,
  blobs: readonly DistributedBlob[],
  metadata: DistributedMetadata,
  { place, limits, verify = false }: ReadContext & { readonly place: Place },
): Promise<DataFiles> {
  const data: DataFiles = { files: [], findings: [], imports: [], unverified: [] }
  let source: ByteSource | undefined
  try {
    source = await place.open(name)
    data.files.push({ name, bytes: source.size, role: 'weights' })
    const end = last.offset + last.length
    if (end > source.size)
      data.findings.push(
        finding('torch-distributed/short-file', { chunk: last.name, end, size: source.size }, { file: name }),
      )
    else data.findings.push(...unnamedBytes(name, blobs, source.size))
    const contents = await readBlobs(source, blobs, metadata, limits, verify)
    for (const one of contents.imports) data.imports.push(one)
    for (const one of contents.findings) data.findings.push(one)
    data.unverified.push(...contents.unverified)
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    data.findings.push(finding('torch-distributed/missing-file', { problem: error.message }, { file: name }))
  } finally {
    await source?.close?.()
  }
  return data
}
