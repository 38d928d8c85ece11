import { parseJson } from '../../codec/json.ts'
import { type ReadRange, readZip, readZipEntry, type ZipEntry } from '../../codec/zip.ts'
import { SdinspectError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import type { Checkpoint, Plain } from '../../model/checkpoint.ts'
import { type Chunk, decodedBy, partOf } from '../../model/values/chunk.ts'
import { fileName } from '../../source/file-name.ts'
import { memorySource } from '../../source/memory.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { lastFarAway } from '../near.ts'
import { entrySource, locatable } from '../zip-entry.ts'
import { checkpointOf, type Described } from './checkpoint.ts'
import { asMap, modelScope } from './layers.ts'

// keras/src/saving/saving_lib.py: an archive of metadata.json, config.json and model.weights.h5.

const weightsName = 'model.weights.h5'

/** Reads the archive of a model. @throws SdinspectError `format/*`, `limit/exceeded`, `unsupported/feature` */
export async function readArchive(source: ByteSource, { limits, verify }: ReadContext): Promise<Checkpoint> {
  const file = fileName(source.name)
  const read: ReadRange = (offset, length) => source.read(offset, length)
  const isFar = source.remote !== undefined
  const zip = await readZip(source.size, read, limits, {
    compareLater: isFar && verify !== true,
    ...(isFar ? { tailBytes: lastFarAway } : {}),
  })
  const entry = (name: string) => zip.entries.find((one) => one.name === name)
  const weights = entry(weightsName)
  if (weights === undefined)
    throw entry('model.weights.json') === undefined
      ? new SdinspectError('format/malformed', `the archive has no ${weightsName}`)
      : new SdinspectError(
          'unsupported/feature',
          'the weights of the archive are in several files, which is not read',
        )
  const described = await describe(entry, read, limits)
  const inner = await weightsSource(source, weights, read, limits)
  return checkpointOf(
    'keras',
    inner,
    limits,
    { file, bytes: source.size, chunk: chunkOf(file, weights) },
    described,
  )
}

async function describe(
  entry: (name: string) => ZipEntry | undefined,
  read: ReadRange,
  limits: Limits,
): Promise<Described> {
  const document = async (name: string): Promise<Plain> => {
    const found = entry(name)
    if (found === undefined) return null
    const { bytes } = await readZipEntry(found, read, limits)
    return parseJson(bytes, { what: name, limits, nonfinite: true })
  }
  const config = await document('config.json')
  const model = modelScope(config)
  const version = asMap(await document('metadata.json'))?.get('keras_version')
  return {
    scope: model?.scope ?? null,
    className: model?.className ?? null,
    by: 'config.json',
    version: typeof version === 'string' ? version : null,
    config,
  }
}

/** The HDF5 file in the archive: a part of it, or in memory where it is compressed. */
async function weightsSource(
  source: ByteSource,
  entry: ZipEntry,
  read: ReadRange,
  limits: Limits,
): Promise<ByteSource> {
  if (entry.method !== 8) return entrySource(source, entry, weightsName)
  return memorySource((await readZipEntry(entry, read, limits)).bytes, `${source.name}: ${weightsName}`)
}

function chunkOf(file: string, entry: ZipEntry): (offset: number, length: number) => Chunk {
  const stored = { file, offset: entry.offset, length: entry.compressedBytes }
  const whole = entry.method === 8 ? decodedBy(stored, 'deflate', entry.bytes) : stored
  return (offset, length) => locatable(partOf(whole, offset, length), entry, 0)
}
