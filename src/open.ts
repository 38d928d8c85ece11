// Who compiles against an older library than es2024 does not know Symbol.asyncDispose.
/// <reference lib="esnext.disposable" preserve="true" />
import { quoted, SdinspectError } from './errors.ts'
import { readWatched } from './formats/read-checkpoint.ts'
import { type ClassifyOptions, type InspectOptions, inspectCheckpoint } from './inspect.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Checkpoint, StateDict } from './model/checkpoint.ts'
import { entryTensors } from './model/entry-tensors.ts'
import { inspectionOf } from './model/inspection.ts'
import type { Report, StateDictReport, TensorReport } from './model/report.ts'
import { dtypes } from './model/tensors/dtype.ts'
import { partsOf } from './model/tensors/representation.ts'
import { rowByRow } from './model/tensors/shape.ts'
import { elementsOf, type Tensor } from './model/tensors/tensor.ts'
import { tableOf } from './model/tensors/tensor-table.ts'
import type { Chunk } from './model/values/chunk.ts'
import { lookingAtValues } from './seen-values.ts'
import { fileName } from './source/file-name.ts'
import type { ByteSource } from './source/source.ts'
import { Watch } from './source/watch.ts'
import { partByName, subclassWeight } from './values/dequantise/subclass-weight.ts'
import { WorkedOut } from './values/dequantise/worked-out.ts'
import {
  type DigestPiece,
  type DigestSource,
  type Hash,
  hashed,
  type StateDictDigest,
  stateDictDigest,
} from './values/digest.ts'
import { type GatherOptions, gather, noValues, valueType } from './values/gather.ts'
import type { GatherContext } from './values/gather-context.ts'
import { Look } from './values/look.ts'
import { OpenFiles } from './values/open-files.ts'
import { sampledBytes } from './values/sampled-bytes.ts'
import {
  type CheckpointStatistics,
  checkpointStatistics,
  type ItemResult,
} from './values/statistics/checkpoint-statistics.ts'
import { joinedSlices } from './values/statistics/joined-slices.ts'
import type { Extent } from './values/statistics/kernel.ts'
import type { Looking } from './values/statistics/looking.ts'
import { type ReadItem, serialStates } from './values/statistics/serial-states.ts'
import { partSlices, type Slice, sampleSlices, wholeSlices } from './values/statistics/slices.ts'
import { mergedParts, type StatisticsPart, writtenResult } from './values/statistics/statistics-part.ts'
import {
  isRunOfFile,
  type StatisticsPlan,
  statisticsPlan,
  tensorOf,
  type ValueItem,
} from './values/statistics/statistics-plan.ts'
import { type ValueWindow, valueWindow } from './values/value-window.ts'
import type { Tools } from './values/workers/perform.ts'
import { plainTensor } from './values/workers/plain-tensor.ts'
import type { PackedTensor, PlainTensor } from './values/workers/task.ts'
import { type Lend, TaskRunner } from './values/workers/task-runner.ts'
import { workedDigests } from './values/workers/worked-digests.ts'
import { workedStates } from './values/workers/worked-states.ts'
import type { Workers } from './values/workers/workers.ts'

export interface ValuesOptions {
  /** Path of the state dict that the tensor is in. Default: the first, which is the model's. */
  readonly stateDict?: string
  /** Of a tensor that is made of others (`representation`): which of them, by its name. */
  readonly part?: string
  /** Its dimensions in another order, as `tensor.permute(...order)` has them: of values that are stored in one piece. */
  readonly order?: readonly number[]
  /**
   * Blocks of a GGUF file as the float32 values that they stand for, in windows of F32. What is stored as numbers stays as it
   * is. Default: the bytes as they are stored.
   */
  readonly dequantised?: boolean
  /** The most that one window holds, in bytes. Default: 8 MiB. */
  readonly windowBytes?: number
  /** Ends reading: the next window rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const defaultWindowBytes = 8 << 20

type GatherOf = (tensor: Tensor, options: Partial<GatherOptions>) => AsyncIterable<Uint8Array>

/** What makes windows of float32 of windows of blocks; null for a type that is stored as numbers. */
async function decodingOf(
  type: NonNullable<Tensor['dtype']>,
  tensor: string,
): Promise<((windows: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | null> {
  if (dtypes[type].block.elements === 1) return null
  const [{ ggmlDecoding }, { decodedWindows }] = await Promise.all([
    import('./values/statistics/ggml-blocks.ts'),
    import('./values/statistics/decoded-windows.ts'),
  ])
  const decoding = ggmlDecoding(type)
  if (decoding === null)
    throw new SdinspectError('unsupported/feature', `what blocks of ${type} stand for is not known`, {
      tensor,
    })
  return (windows) => decodedWindows(windows, decoding)
}

export interface DigestOptions extends Pick<ValuesOptions, 'stateDict' | 'signal'> {
  /** As those of `StatisticsOptions`. */
  readonly workers?: Workers | undefined
}

export interface StatisticsOptions extends Pick<ValuesOptions, 'stateDict' | 'signal'> {
  /** The state dict of the report with some of its tensors left out (`selected`): only those in it are read. */
  readonly of?: StateDictReport
  /**
   * `basic`: of floats no more than counts, extremes, mean and deviation. `range`: of F32, BF16 and F16 neither mean nor deviation
   * nor norm. Default: `full`.
   */
  readonly extent?: Extent
  /** Packed weights are worked out too, and what they come to follows them as the part `dequantised`. Reads them twice. */
  readonly dequantised?: boolean
  /** Of a tensor that is larger only a sample of about so many bytes is read. Default: all is read. */
  readonly sampleBytes?: number | undefined
  /** Other threads that read and compute; `startWorkers` of `sdinspect/node` starts them. Default: this one does. */
  readonly workers?: Workers | undefined
  /** What is looked at beside the statistics: of a sample what is read whole. */
  readonly looking?: Looking
}

/**
 * A checkpoint whose files stay open, so that values can be read after the report is done.
 *
 * ```ts
 * const checkpoint = await open('model.safetensors')
 * try {
 *   for await (const { view } of checkpoint.values('fc.weight')) use(view)
 * } finally {
 *   await checkpoint.close()
 * }
 * ```
 */
export class OpenCheckpoint {
  readonly report: Report
  /** What the format read: state dicts with the places of values. */
  readonly checkpoint: Checkpoint
  readonly #files: OpenFiles
  readonly #limits: Limits
  #sampled: Promise<string> | undefined
  readonly #byName = new Map<StateDict, ReadonlyMap<string, Tensor>>()
  readonly #reportedByName = new Map<StateDict, ReadonlyMap<string, TensorReport>>()

  /** Use `open`. Takes over `files`, whatever happens. */
  constructor(checkpoint: Checkpoint, report: Report, files: OpenFiles, limits: Limits) {
    this.checkpoint = checkpoint
    this.report = report
    this.#files = files
    this.#limits = limits
  }

  /** Tensors of the model's state dict, in its order. */
  get tensors(): StateDict['tensors'] {
    return this.checkpoint.stateDicts[0]?.tensors ?? []
  }

  /**
   * The values of a tensor, from the first to the last: row by row, little-endian, whatever way they are stored.
   * Nothing is read before it is asked for, and leaving the loop ends reading.
   *
   * @throws SdinspectError `usage/closed`, `usage/state-dict`, `usage/arguments` when there is no such tensor,
   *   `usage/no-values` when it has none, `unsupported/feature` for blocks without a published definition, `format/*` when the file does not hold what it announced, `source/*`
   */
  async *values(name: string, options: ValuesOptions = {}): AsyncGenerator<ValueWindow, void, undefined> {
    const { windowBytes = defaultWindowBytes } = options
    if (!(windowBytes >= 1))
      throw new SdinspectError('usage/arguments', `a window of ${windowBytes} bytes holds nothing`)
    this.#refuseClosed(name)
    const found = partOf(this.#tensor(name, options.stateDict), options.part)
    const tensor = options.order === undefined ? found : permuted(found, options.order)
    const type = valueType(tensor)
    if (type === null) throw noValues(tensor)
    const decoding = options.dequantised ? await decodingOf(type, tensor.name) : null
    const { block } = dtypes[type]
    // A block takes as many bytes of float32 as it has values, and a window holds one at least.
    const stored =
      decoding === null
        ? windowBytes
        : Math.max(1, Math.floor(windowBytes / (4 * block.elements))) * block.bytes
    const windows = this.#gather(tensor, { ...options, windowBytes: stored })
    let offset = 0
    for await (const bytes of decoding === null ? windows : decoding(windows)) {
      yield valueWindow(offset, bytes, decoding === null ? type : 'F32')
      offset += bytes.length
    }
  }

  /**
   * What the values of a state dict come to. `digestValues` of `sdinspect/node` brings the hash.
   *
   * @throws SdinspectError `usage/closed`, `usage/state-dict`, `usage/no-values` when a tensor has none
   */
  async digest(
    hash: () => Hash,
    { stateDict: path, signal, workers }: DigestOptions = {},
  ): Promise<StateDictDigest> {
    this.#refuseClosed('')
    const context = this.#context(signal)
    const inThisThread = async function* (pieces: Iterable<DigestPiece>, gathered: GatherOf) {
      for (const { head, tensor, part } of pieces)
        yield await hashed(head, (options) => gathered(partOf(tensor, part), options), hash())
    }
    const stateDict = this.#stateDict(path)
    const source: DigestSource = {
      hash,
      typeOf: (tensor, part) => valueType(partOf(tensor, part)),
      hashes: (pieces) =>
        workers === undefined
          ? inThisThread(pieces, (tensor, options) =>
              this.#gather(tensor, { ...options, ...(signal && { signal }) }),
            )
          : workedDigests(pieces, this.#runner(workers, signal, hash), {
              limits: this.#limits,
              tensor: (tensor, part) => plainTensor(partOf(tensor, part), context.open),
            }),
    }
    return stateDictDigest(allTensors(stateDict), source, stateDict?.within)
  }

  /**
   * What the values of a state dict come to: of each tensor, of modules and of the whole. A tensor that cannot be read
   * is told in the coverage and does not stop the others.
   *
   * @throws SdinspectError `usage/closed`, `usage/state-dict`; the reason of `signal` when that ends it
   */
  async statistics(options: StatisticsOptions = {}): Promise<CheckpointStatistics> {
    const { plan, looked } = this.#statisticsWork(options)
    const { sampleBytes } = options
    if (sampleBytes === undefined) return checkpointStatistics(plan, looked(wholeSlices(plan.items)))
    const slices = sampleSlices(plan.items, sampleBytes)
    return checkpointStatistics(plan, joinedSlices(slices, looked(slices)), slices)
  }

  /**
   * One of several parts of the same work, each of as many bytes; a tensor may be cut. `mergeStatistics` of all of them
   * gives to the bit what `statistics` gives.
   *
   * @param part which one, from 1
   * @throws SdinspectError as `statistics`
   */
  async statisticsPart(
    part: StatisticsPart['part'],
    options: StatisticsOptions = {},
  ): Promise<StatisticsPart> {
    const { plan, looked, stateDict } = this.#statisticsWork(options)
    const slices = partSlices(plan.items, part.index, part.of)
    const results: StatisticsPart['slices'][number][] = []
    for await (const result of looked(slices))
      results.push({ ...(slices[results.length] as Slice), ...writtenResult(result) })
    const sampled = await this.sampled(options)
    return { part, files: this.report.files, stateDict, sampled, plan, slices: results }
  }

  /**
   * A hash of bytes of the files at fixed places, by which parts of one work tell whether they are of the same files.
   *
   * @internal
   */
  async sampled({ signal }: Pick<StatisticsOptions, 'signal'>): Promise<string> {
    this.#sampled ??= sampledBytes(this.report.files, this.#context(signal).open)
    return this.#sampled
  }

  #statisticsWork(options: StatisticsOptions): {
    readonly plan: StatisticsPlan
    readonly stateDict: string
    /** What slices come to; what was seen of them is told. */
    looked(slices: readonly Slice[]): AsyncIterable<ItemResult>
  } {
    this.#refuseClosed('')
    const stateDict = this.#stateDict(options.of?.path ?? options.stateDict)
    const report = options.of ?? this.report.stateDicts.find(({ path }) => path === stateDict?.path)
    if (stateDict === undefined || report === undefined)
      throw new SdinspectError('usage/state-dict', 'there is no state dict in the checkpoint')
    const { table, uncounted } = inspectionOf(report)
    const names = new Set(Array.from({ length: table.length }, (_, row) => table.name(row)))
    const entries = new Set(report.values?.map(({ name }) => name))
    const tensors = [
      ...tensorsNamed(stateDict.tensors, names),
      ...entryTensors(stateDict).filter(({ name }) => entries.has(name)),
    ]
    const workedOut = options.dequantised ? this.#workedOut(stateDict, options.signal) : null
    const plan = statisticsPlan(tensors, uncounted, (index) =>
      workedOut === null ? null : workedOut.itemOf(index, tensors[index] as Tensor),
    )
    const { signal, extent = 'full', looking, workers, sampleBytes } = options
    const tensor = (item: ValueItem) => tensorOf(tensors[item.index] as Tensor, item.part)
    const nameOf = ({ index }: ValueItem) => tensors[index]?.name ?? ''
    const read: ReadItem = (item, reading) =>
      item.isWorkedOut && workedOut !== null
        ? workedOut.windows(item, reading.range)
        : this.#gather(tensor(item), { ...reading, ...(signal && { signal }) })
    // Of a sample nothing can be said of how zeros lie.
    const isLooked = (isWhole: boolean) => looking !== undefined && (isWhole || sampleBytes === undefined)
    const isKept = (item: ValueItem) => looking?.isKept(item, nameOf(item)) === true
    const states = (slices: readonly Slice[]): AsyncIterable<ItemResult> => {
      if (workers === undefined)
        return serialStates(plan.items, slices, read, {
          extent,
          look: (item, range) =>
            isLooked(range === undefined) ? new Look(item, isKept(item), range) : undefined,
        })
      return workedStates(plan.items, slices, this.#runner(workers, signal), {
        limits: this.#limits,
        extent,
        workers,
        tensor: (item) => plainTensor(tensor(item), this.#context(signal).open),
        packed: async (item) => (item.isWorkedOut ? (workedOut?.plain(item) ?? null) : null),
        look: (item, { from, to }) =>
          isLooked(to - from === item.bytes) ? (isKept(item) ? 'keep' : 'yes') : 'no',
      })
    }
    return {
      plan,
      stateDict: stateDict.path,
      async *looked(slices) {
        let at = 0
        for await (const result of states(slices)) {
          const item = plan.items[slices[at++]?.item as number] as ValueItem
          looking?.take(item, nameOf(item), 'error' in result ? null : (result.look ?? null))
          yield result
        }
      },
    }
  }

  #workedOut(stateDict: StateDict, signal: AbortSignal | undefined) {
    const path = stateDict.path
    const byName = this.#reported(stateDict)
    const partOf = (name: string) => partByName(name, (owner) => this.#named(stateDict).get(owner))
    const tensorOf = (name: string) => partOf(name) ?? this.#tensor(name, path)
    const workedOut = new WorkedOut(
      (name) => byName.get(name) ?? partOf(name),
      (key) => settingOf(this.checkpoint, key),
      (name, reading) => this.#gather(tensorOf(name), { ...reading, ...(signal && { signal }) }),
    )
    return {
      itemOf: (index: number, tensor: Tensor) => {
        const { reported, part } = subclassWeight(tensor) ?? {
          reported: byName.get(tensor.name),
          part: tensor,
        }
        return workedOut.item(index, reported, isRunOfFile(part))
      },
      windows: workedOut.windows.bind(workedOut),
      isTransposed: workedOut.isTransposed.bind(workedOut),
      plain: async (item: ValueItem, rename?: (file: string) => string): Promise<PackedTensor> => {
        const { names, ...told } = workedOut.told(item)
        const tensors: PlainTensor[] = []
        for (const name of names)
          tensors.push(await plainTensor(tensorOf(name), this.#context(signal).open, rename))
        return { ...told, tensors }
      },
    }
  }

  /**
   * A tensor as other threads are told of it, with each file of it under `prefix`, and those files for them.
   *
   * @internal
   * @throws SdinspectError as `values`
   */
  async forWorkers(
    name: string,
    prefix: string,
    { stateDict, order, signal }: Pick<ValuesOptions, 'stateDict' | 'order' | 'signal'>,
  ): Promise<PlainTensor> {
    this.#refuseClosed(name)
    const found = this.#tensor(name, stateDict)
    const tensor = order === undefined ? found : permuted(found, order)
    return plainTensor(tensor, this.#context(signal).open, (file) => prefix + file)
  }

  /**
   * A packed weight as other threads are told of it; null for what is none, or of a layout that is not known.
   *
   * @internal
   * @throws SdinspectError as `values`
   */
  async packedForWorkers(
    name: string,
    prefix: string,
    { stateDict: path, signal }: Pick<ValuesOptions, 'stateDict' | 'signal'>,
  ): Promise<{
    readonly packed: PackedTensor
    readonly item: ValueItem
    readonly isTransposed: boolean
  } | null> {
    this.#refuseClosed(name)
    const stateDict = this.#stateDict(path)
    if (stateDict === undefined) return null
    const workedOut = this.#workedOut(stateDict, signal)
    const item = workedOut.itemOf(0, this.#tensor(name, path))
    if (item === null || !('dtype' in item)) return null
    const packed = await workedOut.plain(item, (file) => prefix + file)
    return { packed, item, isTransposed: workedOut.isTransposed(item) }
  }

  /** @internal */
  get limits(): Limits {
    return this.#limits
  }

  /** What tasks about this checkpoint are done with. @internal */
  access(signal: AbortSignal | undefined): Tools & { readonly lend: Lend } {
    const { open, blob } = this.#context(signal)
    return { open, blob, hash: noHash, lend: (file) => this.#files.lend(file) }
  }

  #runner(workers: Workers, signal: AbortSignal | undefined, hash = noHash): TaskRunner {
    const { open, blob } = this.#context(signal)
    return new TaskRunner(workers, (file) => this.#files.lend(file), { open, blob, hash }, signal)
  }

  /** Closes every file. Reading afterwards is an error, closing again is none. */
  async close(): Promise<void> {
    await this.#files.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #refuseClosed(name: string): void {
    if (this.#files.isClosed)
      throw new SdinspectError('usage/closed', 'the checkpoint was closed before it was read', {
        tensor: name,
      })
  }

  #gather(
    tensor: Tensor,
    { windowBytes = defaultWindowBytes, ...options }: Partial<GatherOptions>,
  ): AsyncGenerator<Uint8Array> {
    return gather(tensor, this.#context(options.signal), { windowBytes, ...options })
  }

  #context(signal: AbortSignal | undefined): GatherContext {
    return {
      limits: this.#limits,
      open: (file: string) => this.#files.source(file, { signal }),
      blob: async (source: ByteSource, chunk: Chunk) => {
        const { blobTensor } = await import('./formats/torch/distributed/blob.ts')
        return blobTensor(source, chunk, this.#limits)
      },
    }
  }

  #stateDict(path: string | undefined): StateDict | undefined {
    const { stateDicts } = this.checkpoint
    const stateDict = path === undefined ? stateDicts[0] : stateDicts.find((one) => one.path === path)
    if (stateDict === undefined && path !== undefined)
      throw new SdinspectError('usage/state-dict', `there is no state dict ${quoted(path)} in the checkpoint`)
    return stateDict
  }

  #reported(stateDict: StateDict): ReadonlyMap<string, TensorReport> {
    let byName = this.#reportedByName.get(stateDict)
    if (byName === undefined) {
      const report = this.report.stateDicts.find(({ path }) => path === stateDict.path)
      byName = new Map(Array.from(report?.tensors ?? [], (tensor) => [tensor.name, tensor]))
      this.#reportedByName.set(stateDict, byName)
    }
    return byName
  }

  #named(stateDict: StateDict): ReadonlyMap<string, Tensor> {
    let byName = this.#byName.get(stateDict)
    if (byName === undefined) {
      byName = new Map(stateDict.tensors.map((tensor) => [tensor.name, tensor]))
      this.#byName.set(stateDict, byName)
    }
    return byName
  }

  #tensor(name: string, path: string | undefined): Tensor {
    const stateDict = this.#stateDict(path)
    let byName = stateDict === undefined ? undefined : this.#byName.get(stateDict)
    if (byName === undefined && stateDict !== undefined) {
      byName = new Map(allTensors(stateDict).map((tensor) => [tensor.name, tensor]))
      this.#byName.set(stateDict, byName)
    }
    const tensor = byName?.get(name)
    if (tensor !== undefined) return tensor
    throw new SdinspectError('usage/arguments', `there is no tensor ${quoted(name)} in the state dict`, {
      tensor: name,
    })
  }
}

/** What the files beside the weights say of how they are quantised. */
function settingOf({ side }: Checkpoint, key: string): unknown {
  const own = side.config?.get('quantization_config')
  return (own instanceof Map ? own.get(key) : undefined) ?? side.quantizeConfig?.get(key)
}

/** Statistics need none. */
function noHash(): Hash {
  throw new SdinspectError('internal/bug', 'a hash was asked for where there is none')
}

/** Those that are entries themselves, and entries that hold some. */
function allTensors(stateDict: StateDict | undefined): Tensor[] {
  return stateDict === undefined ? [] : [...stateDict.tensors, ...entryTensors(stateDict)]
}

/** Makes none but the tensors of these names: there may be hundreds of thousands, and one be wanted. */
function tensorsNamed(all: StateDict['tensors'], names: ReadonlySet<string>): Tensor[] {
  const list = tableOf(all)
  const found: Tensor[] = []
  for (let index = 0; index < list.length; index++)
    if (names.has(list.name(index))) found.push(list.at(index) as Tensor)
  return found
}

/** A tensor that another is made of, as one of its own. */
function partOf(tensor: Tensor, name: string | undefined): Tensor {
  if (name === undefined) return tensor
  const part = partsOf(tensor.representation).find((one) => one.name === name)
  if (part === undefined)
    throw new SdinspectError(
      'usage/arguments',
      `the tensor ${quoted(tensor.name)} has no part ${quoted(name)}`,
      {
        tensor: tensor.name,
      },
    )
  return { ...part, name: tensor.name, elements: elementsOf(part.shape), bytes: null, tiedTo: null }
}

/** @throws SdinspectError `unsupported/feature` where its values are in several pieces, or several share a byte */
function permuted(tensor: Tensor, order: readonly number[]): Tensor {
  const { values, shape } = tensor
  const type = valueType(tensor)
  if (typeof values === 'string' || type === null) return tensor
  const [only, ...rest] = values.chunks
  if (only === undefined || rest.length > 0 || only.box || only.blob || dtypes[type].block.elements > 1)
    throw new SdinspectError('unsupported/feature', 'the values are not stored in one piece', {
      tensor: tensor.name,
    })
  const strides = values.strides ?? rowByRow(shape)
  const moved = (of: readonly number[]) => order.map((from) => of[from] as number)
  const { type: as, bigEndian, conj, neg } = values
  return {
    ...tensor,
    shape: moved(shape),
    values: {
      chunks: [only],
      strides: moved(strides),
      ...(as && { type: as }),
      ...(bigEndian && { bigEndian }),
      ...(conj && { conj }),
      ...(neg && { neg }),
    },
  }
}

/**
 * What all parts of one work come to together, to the bit what one run gives.
 *
 * @param parts in any order, each once
 * @throws SdinspectError `usage/arguments` where parts are missing, given twice, or of different works
 */
export async function mergeStatistics(parts: readonly StatisticsPart[]): Promise<CheckpointStatistics> {
  const { plan, results } = mergedParts(parts)
  return checkpointStatistics(plan, results)
}

/**
 * Opens a checkpoint for its report and, later, its values. The caller closes what this gives, and the source, which
 * is not this function's to close.
 *
 * @throws SdinspectError why it cannot be read; the reason of `signal` when that ends it
 */
export async function open(source: ByteSource, options: InspectOptions = {}): Promise<OpenCheckpoint> {
  const limits = { ...defaultLimits, ...options.limits }
  const watch = new Watch(options)
  const watched = watch.source(source)
  const place = options.place === undefined ? undefined : watch.place(options.place)
  const { smallValues, signal } = options
  const looking = lookingAtValues(smallValues, source.remote, { limits, signal })
  try {
    const checkpoint = await readWatched(watched, { limits, watch, ...looking, ...(place && { place }) })
    const main = { name: fileName(source.name), source: watched, isOwn: false }
    return openedCheckpoint(checkpoint, new OpenFiles(place, sizesOf(checkpoint), main), source.name, options)
  } finally {
    watched.done()
  }
}

/** The report of what was read, and the files that it came from. */
export function openedCheckpoint(
  checkpoint: Checkpoint,
  files: OpenFiles,
  path: string,
  options: ClassifyOptions,
): OpenCheckpoint {
  const limits = { ...defaultLimits, ...options.limits }
  return new OpenCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { ...options, path }), files, limits)
}

/** What each file measured when it was read. */
export function sizesOf({ files }: Checkpoint): ReadonlyMap<string, number> {
  return new Map(files.map(({ name, bytes }) => [name, bytes]))
}
