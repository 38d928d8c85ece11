import { SdinspectError } from '../../../errors.ts'
import type { Limits } from '../../../limits.ts'
import type { Tensor } from '../../../model/tensors/tensor.ts'
import type { Chunk } from '../../../model/values/chunk.ts'
import type { ByteSource } from '../../../source/source.ts'
import { isBigEndian, openArchive, readDataPickle } from '../archive/archive.ts'
import { ZipStorages } from '../archive/zip-storages.ts'
import { isUnread } from '../rebuild/tensor-record.ts'
import { tensorsOf } from '../rebuild/tensors.ts'

// torch/distributed/checkpoint/filesystem.py, _write_item: each tensor of a `.distcp` file is what torch.save writes.

/**
 * Where the tensor is that a blob of a `.distcp` file holds.
 *
 * @param source the `.distcp` file
 * @throws SdinspectError `format/*` when there is no such file, or not exactly one tensor in it
 */
export async function blobTensor(
  source: ByteSource,
  { file, offset, length }: Chunk,
  limits: Limits,
): Promise<Pick<Tensor, 'dtype' | 'shape' | 'values'>> {
  if (offset + length > source.size)
    throw new SdinspectError(
      'format/truncated',
      `the part at ${offset} has ${length} bytes, and the file ends at ${source.size}`,
      { file: source.name, offset },
    )
  const blob: ByteSource = {
    name: source.name,
    size: length,
    read: (at, count) => source.read(offset + at, count),
  }
  try {
    return await saved(blob, { file, offset, length }, limits)
  } catch (error) {
    if (!(error instanceof SdinspectError)) throw error
    throw new SdinspectError(error.code, `the part at ${offset}: ${error.message}`, {
      file: source.name,
      offset,
      cause: error,
    })
  }
}

async function saved(blob: ByteSource, place: Chunk, limits: Limits): Promise<Tensor> {
  const archive = await openArchive(blob, { limits, verify: true }, place)
  const { value, evaluation, inline } = await readDataPickle(archive, limits)
  const storages = new ZipStorages(archive, await isBigEndian(archive), { inline })
  const record = evaluation.read(value)
  if (record === null || isUnread(record))
    throw new SdinspectError('format/malformed', 'the object in it is no tensor')
  return tensorsOf([{ name: '', record }], storages.place)[0] as Tensor
}
