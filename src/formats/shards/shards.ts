import { isSdinspectError, SdinspectError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import type { Checkpoint, StateDict, ValueEntry } from '../../model/checkpoint.ts'
import { partsInFile, partsOf, withParts } from '../../model/representation.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { TensorList } from '../../model/tensor-list.ts'
import { inFile } from '../../model/values.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource, Place } from '../../source/source.ts'
import { detectAmong, headBytes } from '../detect.ts'
import type { ReadContext } from '../format.ts'
import { weightFormats } from '../weight-formats.ts'

/** A shard that was read. */
export interface Shard {
  readonly name: string
  readonly bytes: number
  /** Names the file has in the file system, where known. */
  readonly links: number
  readonly checkpoint: Checkpoint
  readonly stateDict: StateDict
  /** Of the state dict, with storages named for this shard. */
  readonly tensors: TensorList<Tensor>
  /** Entries that are no tensors. */
  readonly values: readonly ValueEntry[]
}

/** A shard that is not there, or that breaks the rules of its format. */
export interface BrokenShard {
  readonly name: string
  readonly error: SdinspectError
}

export interface ShardsRead {
  readonly read: readonly Shard[]
  readonly missing: readonly string[]
  readonly broken: readonly BrokenShard[]
}

/** Shards read at the same time: enough to hide a disk's latency, few enough handles and headers at once. */
const concurrency = 8

/**
 * Reads the headers of all shards. What is missing or broken does not stop the others.
 *
 * @throws SdinspectError when a shard cannot be judged at all: `source/*` but not-found, `limit/exceeded`
 */
export async function readShards(
  names: readonly string[],
  { place, limits, watch }: ReadContext & { readonly place: Place },
): Promise<ShardsRead> {
  watch?.expect(names.length)
  const outcomes: (Shard | SdinspectError)[] = new Array(names.length)
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < names.length && !failed) {
      const index = next++
      try {
        outcomes[index] = await readShard(names[index] as string, place, limits)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  // Not Promise.all: what is being read when one fails must be closed before the error is out.
  const workers = Array.from({ length: Math.min(concurrency, names.length) }, worker)
  for (const settled of await Promise.allSettled(workers)) {
    if (settled.status === 'rejected') throw settled.reason
  }
  const read: Shard[] = []
  const missing: string[] = []
  const broken: BrokenShard[] = []
  outcomes.forEach((outcome, index) => {
    const name = names[index] as string
    if (!(outcome instanceof SdinspectError)) read.push(outcome)
    else if (outcome.code === 'source/not-found') missing.push(name)
    else broken.push({ name, error: outcome })
  })
  return { read, missing, broken }
}

async function readShard(name: string, place: Place, limits: Limits): Promise<Shard | SdinspectError> {
  let source: ByteSource | undefined
  try {
    source = await place.open(name)
    const checkpoint = await readShardFile(source, limits)
    const [stateDict] = checkpoint.stateDicts
    if (stateDict === undefined) throw new SdinspectError('format/malformed', 'the shard holds no state dict')
    return {
      name,
      bytes: source.size,
      links: source.links ?? 1,
      checkpoint,
      stateDict,
      tensors:
        fileName(name) === name
          ? stateDict.tensors
          : stateDict.tensors.map((tensor) => tensorInFile(tensor, name)),
      values: (stateDict.values ?? []).map((value) => valueInFile(value, name)),
    }
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    if (error.code.startsWith('format/') || error.code === 'source/not-found') return error
    throw error.within({ file: name })
  } finally {
    await source?.close?.()
  }
}

function tensorInFile(tensor: Tensor, file: string): Tensor {
  const { representation } = tensor
  const moved = { ...tensor, values: inFile(tensor.values, file) }
  if (representation === undefined) return moved
  return { ...moved, representation: withParts(representation, partsInFile(partsOf(representation), file)) }
}

function valueInFile(value: ValueEntry, file: string): ValueEntry {
  return value.parts === undefined ? value : { ...value, parts: partsInFile(value.parts, file) }
}

/** A shard is weights: an index may not name another index, itself or any other JSON. */
async function readShardFile(source: ByteSource, limits: Limits): Promise<Checkpoint> {
  const head = await source.read(0, Math.min(headBytes, source.size))
  return detectAmong(weightFormats, head, source).read(source, { limits })
}
