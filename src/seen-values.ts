import { heardOf } from './classify.ts'
import { isSdinspectError } from './errors.ts'
import type { Heard } from './evidence/resolve.ts'
import type { Subject } from './evidence/source.ts'
import { mayWantValues, wantedValues } from './evidence/wanted-values.ts'
import type { ReadContext, ReadFrom } from './formats/format.ts'
import type { Limits } from './limits.ts'
import type { Checkpoint, SeenValues, StateDict } from './model/checkpoint.ts'
import type { Tensor } from './model/tensors/tensor.ts'
import { tableOf } from './model/tensors/tensor-table.ts'
import type { Chunk } from './model/values/chunk.ts'
import { valueBytes } from './model/values/value-bytes.ts'
import { fileName } from './source/file-name.ts'
import type { ByteSource } from './source/source.ts'
import { gather, valueType } from './values/gather.ts'
import { OpenFiles } from './values/open-files.ts'
import { numbersOf } from './values/small-values.ts'

/**
 * Whether small values are looked at where nothing else tells parameter from buffer: of what is at hand, at a distance too,
 * or never.
 */
export type LooksAtValues = 'auto' | 'always' | 'never'

export interface SeeingOptions {
  readonly limits: Limits
  readonly signal?: AbortSignal | undefined
}

/** Reads that wait for nothing but each other: one round for most checkpoints, of no more files than are held open. */
const atOnce = 64

/** What reading does with a checkpoint at last: nothing at a distance, unless it is asked for. */
export function lookingAtValues(
  looks: LooksAtValues = 'auto',
  isFar: boolean | undefined,
  options: SeeingOptions,
): Pick<ReadContext, 'completed'> {
  return looks === 'never' || (looks === 'auto' && isFar === true)
    ? {}
    : { completed: (checkpoint, from) => withSeenValues(checkpoint, from, options) }
}

/**
 * The checkpoint with the values of those small tensors that nothing else speaks of, for the sources of evidence. What
 * cannot be read is left out and no error: it was never asked for.
 *
 * @throws the reason of `signal` when that ends it
 */
async function withSeenValues(
  checkpoint: Checkpoint,
  { main, place }: ReadFrom,
  { limits, signal }: SeeingOptions,
): Promise<Checkpoint> {
  const sizes = new Map(checkpoint.files.map(({ name, bytes }) => [name, bytes]))
  const own = main === null ? undefined : { name: fileName(main.name), source: main, isOwn: false }
  const files = new OpenFiles(place, sizes, own)
  try {
    const reader = new SmallReader(files, limits, signal)
    const stateDicts: StateDict[] = []
    for (const stateDict of checkpoint.stateDicts) stateDicts.push(await reader.see(checkpoint, stateDict))
    return stateDicts.some(({ seen }) => seen !== undefined) ? { ...checkpoint, stateDicts } : checkpoint
  } finally {
    await files.close()
  }
}

class SmallReader {
  readonly #files: OpenFiles
  readonly #limits: Limits
  readonly #signal: AbortSignal | undefined
  #left: number

  constructor(files: OpenFiles, limits: Limits, signal: AbortSignal | undefined) {
    this.#files = files
    this.#limits = limits
    this.#signal = signal
    this.#left = limits.evidenceValueBytesInAll
  }

  async see(checkpoint: Checkpoint, stateDict: StateDict): Promise<StateDict> {
    const limits = this.#limits
    const known = this.#heard(checkpoint, stateDict)
    if (known === null) return stateDict
    const { subject, heard } = known
    const wanted = wantedValues(subject, heard, limits)
    if (wanted.unknown.length === 0) return stateDict
    const { unknown, learned } = wanted
    const values = await this.#read(stateDict, [...learned.norms, ...learned.others, ...unknown])
    const of = (indices: readonly number[]) =>
      new Map(
        indices.flatMap((index) => {
          const own = values.get(index)
          return own === undefined ? [] : [[index, own] as const]
        }),
      )
    const seen: SeenValues = {
      learned: { norms: of(learned.norms), others: of(learned.others) },
      unknown: of(unknown),
    }
    return seen.unknown.size === 0 ? stateDict : { ...stateDict, seen }
  }

  /** null where nothing would come of it, or the names are more than a limit allows, which who classifies them says. */
  #heard(checkpoint: Checkpoint, stateDict: StateDict): { subject: Subject; heard: Heard } | null {
    try {
      const { subject, heard } = heardOf(checkpoint, stateDict, this.#limits, mayWantValues)
      return heard === null ? null : { subject, heard }
    } catch (error) {
      if (isSdinspectError(error)) return null
      throw error
    }
  }

  async #read({ tensors }: StateDict, indices: readonly number[]): Promise<Map<number, Float64Array>> {
    const table = tableOf(tensors)
    const within = indices.filter((index) => {
      this.#left -= valueBytes(table.elements(index), table.dtype(index))
      return this.#left >= 0
    })
    const found = new Map<number, Float64Array>()
    for (let at = 0; at < within.length; at += atOnce) {
      this.#signal?.throwIfAborted()
      const some = within.slice(at, at + atOnce)
      const values = await Promise.all(some.map((index) => this.#values(tensors.at(index) as Tensor)))
      values.forEach((one, i) => {
        if (one !== null) found.set(some[i] as number, one)
      })
    }
    return found
  }

  /** null where they are not to be had for little. */
  async #values(tensor: Tensor): Promise<Float64Array | null> {
    const type = valueType(tensor)
    if (type === null || !isNear(tensor, 4 * this.#limits.evidenceValueBytes)) return null
    const context = {
      limits: this.#limits,
      open: (file: string) => this.#files.source(file, { signal: this.#signal }),
      blob: async (source: ByteSource, chunk: Chunk) => {
        const { blobTensor } = await import('./formats/torch/distributed/blob.ts')
        return blobTensor(source, chunk, this.#limits)
      },
    }
    try {
      const windowBytes = this.#limits.evidenceValueBytes
      for await (const bytes of gather(tensor, context, { windowBytes, signal: this.#signal })) {
        const numbers = numbersOf(bytes, type)
        return numbers === null || numbers.length !== tensor.elements ? null : Float64Array.from(numbers)
      }
      return null
    } catch (error) {
      this.#signal?.throwIfAborted()
      if (isSdinspectError(error)) return null
      throw error
    }
  }
}

/** Whether little has to be read and decoded for it: a small tensor may be a view of a large storage. */
function isNear({ values }: Tensor, most: number): boolean {
  if (typeof values === 'string') return false
  let bytes = 0
  for (const { length, layers = [] } of values.chunks) {
    bytes += Math.max(length, ...layers.map((layer) => layer.bytes))
    if (bytes > most) return false
  }
  return true
}
