import { isSdinspectError, SdinspectError } from '../../errors.ts'
import type { Checkpoint, StateDict, ValueEntry } from '../../model/checkpoint.ts'
import { partsInFile, partsOf, withParts } from '../../model/tensors/representation.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import type { TensorList } from '../../model/tensors/tensor-list.ts'
import { inFile } from '../../model/values/values.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource, Place } from '../../source/source.ts'
import { inParallel } from '../../source/together.ts'
import type { ReadContext } from '../format.ts'
import { near } from '../near.ts'
import { readFileOf } from '../read-file.ts'
import { weightFormats } from '../weight-formats.ts'
import { firstBytesOf, type HeaderGuess } from './header-guess.ts'

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
  /** What else is in the file, with storages named for it: no index speaks of it. */
  readonly others: readonly StateDict[]
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

/** Shards read at the same time: enough to hide a distance, few enough handles and headers at once. */
const shardsAtOnce = 16

/**
 * Reads the headers of all shards. What is missing or broken does not stop the others.
 *
 * @param guesses what an index tells of their headers, by name
 * @throws SdinspectError when a shard cannot be judged at all: `source/*` but not-found, `limit/exceeded`
 */
export async function readShards(
  names: readonly string[],
  context: ReadContext & { readonly place: Place },
  guesses: ReadonlyMap<string, HeaderGuess> = new Map(),
): Promise<ShardsRead> {
  const { place, watch } = context
  const isThere = await knownNames(place)
  watch?.expect(names.filter(isThere).length)
  const outcomes = await inParallel(names, shardsAtOnce, async (name) =>
    isThere(name) ? readShard(name, context, firstBytesOf(guesses.get(name), names.length)) : null,
  )
  const read: Shard[] = []
  const missing: string[] = []
  const broken: BrokenShard[] = []
  outcomes.forEach((outcome, index) => {
    const name = names[index] as string
    if (outcome === null) missing.push(name)
    else if (!(outcome instanceof SdinspectError)) read.push(outcome)
    else if (outcome.code === 'source/not-found') missing.push(name)
    else broken.push({ name, error: outcome })
  })
  return { read, missing, broken }
}

/**
 * Whether a place may have a file of a name. One that is missing is asked for in vain, and thousands may be.
 * A name below a folder is in no list, and opening a folder says that it is one.
 */
async function knownNames(place: Place): Promise<(name: string) => boolean> {
  const [files, folders] = [await place.list(), await place.folders?.()]
  if (files === null) return () => true
  const there = new Set([...files, ...(folders ?? [])])
  return (name) => there.has(name) || name.includes('/')
}

async function readShard(
  name: string,
  { place, limits, verify }: ReadContext & { readonly place: Place },
  first: number,
): Promise<Shard | SdinspectError> {
  let source: ByteSource | undefined
  try {
    source = await place.open(name, { first })
    const checkpoint = await readFileOf(weightFormats, near(weightFormats, source, first), {
      limits,
      verify,
    })
    const [stateDict, ...others] = checkpoint.stateDicts
    if (stateDict === undefined) throw new SdinspectError('format/malformed', 'the shard holds no state dict')
    return {
      name,
      bytes: source.size,
      links: source.links ?? 1,
      checkpoint,
      stateDict,
      tensors: tensorsIn(stateDict, name),
      values: (stateDict.values ?? []).map((value) => valueInFile(value, name)),
      others: others.map((one) => ({
        ...one,
        tensors: tensorsIn(one, name),
        ...(one.values === undefined ? {} : { values: one.values.map((value) => valueInFile(value, name)) }),
      })),
    }
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    if (error.code.startsWith('format/') || error.code === 'source/not-found') return error
    throw error.within({ file: name })
  } finally {
    await source?.close?.()
  }
}

function tensorsIn({ tensors }: StateDict, file: string): TensorList<Tensor> {
  return fileName(file) === file ? tensors : tensors.map((tensor) => tensorInFile(tensor, file))
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
