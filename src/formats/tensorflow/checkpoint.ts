import { tableEntries } from '../../codec/sstable.ts'
import { isSdinspectError, quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { withinLimit } from '../../limits.ts'
import type {
  Checkpoint,
  CheckpointFile,
  Declaration,
  StateDict,
  ValueEntry,
} from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import { runOf, type Values } from '../../model/values/values.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource, Place } from '../../source/source.ts'
import { inParallel } from '../../source/together.ts'
import type { Format, ReadContext } from '../format.ts'
import { type BundleEntry, type BundleHeader, bundleEntry, bundleHeader } from './bundle.ts'

// tensorflow/core/util/tensor_bundle: `PREFIX.index` is a table of what is in `PREFIX.data-00000-of-00001` and its kin. Of
// TensorFlow 2 a key is the path of objects that leads to a variable, with `/.ATTRIBUTES/VARIABLE_VALUE` at its end.

/** `DataType` of types.proto; those left out have no values that are numbers, or are none that torch has. */
const elementTypes: ReadonlyMap<number, DType> = new Map([
  [1, 'F32'],
  [2, 'F64'],
  [3, 'I32'],
  [4, 'U8'],
  [5, 'I16'],
  [6, 'I8'],
  [8, 'C64'],
  [9, 'I64'],
  [10, 'BOOL'],
  [14, 'BF16'],
  [17, 'U16'],
  [18, 'C128'],
  [19, 'F16'],
  [22, 'U32'],
  [23, 'U64'],
  [24, 'F8_E5M2'],
  [25, 'F8_E4M3'],
])
const textType = 7
const valueKey = '/.ATTRIBUTES/VARIABLE_VALUE'
const dataFile = /^(.*)\.data-\d{5}-of-\d{5}$/
const filesAtOnce = 16

/** What the optimizer of Keras 3 keeps under its own path: the variables it trains are those of the model. */
const trained = /^optimizer\/_trainable_variables\/\d+$/
/** Paths of what an optimizer keeps of its own: all of Keras' optimizer, and slots of TensorFlow's. */
const ofOptimizer =
  /^optimizer\/|\/\.OPTIMIZER_SLOT\/|(?:^|\/)(?:Adam|Adagrad|Momentum|RMSProp|Ftrl)(?:_\d+)?$/
/** The list of all variables that `model.export` of Keras 3 adds to its archive, which writes each of them once more. */
const listed = /^_all_variables\/\d+$/
/** Names that Keras, and TensorFlow's own layers, give what normalisations follow. */
const statistic = /(?:^|\/)moving_(?:mean|variance)$/

/** Checkpoints of TensorFlow 1 and 2, and the variables of a SavedModel. */
export const tensorflow: Format = {
  id: 'tensorflow',
  title: 'TensorFlow checkpoint',
  family: 'tensorflow',
  endings: [],
  keeps: { versions: false, tiedNames: false },
  findIn: (names) => {
    const prefixes = new Set(names.flatMap((name) => dataFile.exec(name)?.[1] ?? []))
    return names.filter((name) => name.endsWith('.index') && prefixes.has(name.slice(0, -'.index'.length)))
  },
  isPart: (name, names) => {
    const prefix = dataFile.exec(name)?.[1]
    return prefix !== undefined && names.includes(`${prefix}.index`)
  },
  fetch: 'all',
  detect: beginsAsBundle,
  async read(source, { limits, place }): Promise<Checkpoint> {
    withinLimit(limits, 'indexBytes', source.size, 'the size of the index in bytes')
    const bytes = await source.read(0, source.size)
    const file = fileName(source.name)
    const { header, entries } = await bundleOf(bytes, limits)
    const data = await dataFiles(file, header, entries, place, limits)
    return {
      format: 'tensorflow',
      producer: null,
      files: [{ name: file, bytes: source.size, role: 'index' }, ...data.files],
      metadata: new Map(),
      side: {},
      stateDicts: stateDictsOf(entries, (entry) => valuesOf(entry, header, data)),
      findings: [...data.findings, ...shortData(entries, data)],
    }
  },
}

/** The first entry of the first block has an empty key, and a header of few bytes that begins with the number of files. */
function beginsAsBundle(head: Uint8Array): boolean {
  const length = head[2] ?? 0
  return (
    head[0] === 0 &&
    head[1] === 0 &&
    length >= 2 &&
    length < 32 &&
    head[3] === 0x08 &&
    isHeaderEnd(head, length)
  )
}

/** `BundleHeaderProto.version` is a message at the end of it, with one number or two. */
function isHeaderEnd(head: Uint8Array, length: number): boolean {
  const end = 3 + length
  return [4, 6].some((bytes) => head[end - bytes] === 0x1a && head[end - bytes + 1] === bytes - 2)
}

interface NamedEntry extends BundleEntry {
  readonly key: string
}

async function bundleOf(
  bytes: Uint8Array,
  limits: ReadContext['limits'],
): Promise<{ readonly header: BundleHeader; readonly entries: readonly NamedEntry[] }> {
  const utf8 = new TextDecoder()
  let header: BundleHeader | undefined
  const entries: NamedEntry[] = []
  for (const { key, value } of tableEntries(bytes, limits)) {
    if (key.length === 0) header = await bundleHeader(value, limits)
    // A part of a tensor that was cut: its key begins with a zero, and the tensor itself is listed too.
    else if (key[0] !== 0) {
      withinLimit(limits, 'nameBytes', key.length, 'the bytes of a tensor name')
      const name = utf8.decode(key)
      entries.push({ key: name, ...(await bundleEntry(name, value, limits)) })
    }
  }
  if (header === undefined)
    throw new SdinspectError('format/malformed', 'the index has no header, which is its first entry', {
      offset: 0,
    })
  return { header, entries }
}

interface DataFiles {
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  /** By number: a file of values that is there. */
  readonly shards: ReadonlyMap<number, CheckpointFile>
}

/** The files of values that entries name, which stand beside the index. Nothing of them is read. */
async function dataFiles(
  index: string,
  { shards }: BundleHeader,
  entries: readonly NamedEntry[],
  place: Place | undefined,
  limits: ReadContext['limits'],
): Promise<DataFiles> {
  const named = [...new Set(entries.map(({ shard }) => shard))].sort((a, b) => a - b)
  withinLimit(limits, 'shards', named.length, 'the number of files of values')
  const number = (n: number) => String(n).padStart(5, '0')
  const prefix = index.replace(/\.index$/, '')
  const found = new Map<number, CheckpointFile>()
  const findings: Finding[] = []
  if (place !== undefined)
    await inParallel(named, filesAtOnce, async (shard) => {
      const name = `${prefix}.data-${number(shard)}-of-${number(shards)}`
      const bytes = await sizeOf(name, place)
      if (bytes !== null) found.set(shard, { name, bytes, role: 'weights' })
      else findings.push(finding('tensorflow/missing-data', {}, { file: name }))
    })
  return { files: named.flatMap((shard) => found.get(shard) ?? []), findings, shards: found }
}

async function sizeOf(name: string, place: Place): Promise<number | null> {
  let source: ByteSource | undefined
  try {
    source = await place.open(name, { first: 0 })
    return source.size
  } catch (error) {
    if (isSdinspectError(error) && error.code === 'source/not-found') return null
    throw error
  } finally {
    await source?.close?.()
  }
}

/** Tensors that end where their file has ended already. */
function shortData(entries: readonly NamedEntry[], { shards }: DataFiles): Finding[] {
  return entries.flatMap(({ key, shard, offset, size }) => {
    const file = shards.get(shard)
    if (file === undefined || offset + size <= file.bytes) return []
    const about = { tensor: nameOf(key), file: file.name }
    return [finding('tensorflow/data-end', { end: offset + size, there: file.bytes }, about)]
  })
}

function valuesOf(
  { shard, offset, size, slices }: NamedEntry,
  { isBigEndian }: BundleHeader,
  { shards }: DataFiles,
): Tensor['values'] {
  const file = shards.get(shard)
  if (slices > 0) return 'layout not known'
  if (file === undefined || offset + size > file.bytes) return 'not in this file'
  const run = runOf(file.name, offset, size)
  if (!isBigEndian) return run
  return { chunks: [{ file: run.file, offset, length: size }], bigEndian: true } satisfies Values
}

function nameOf(key: string): string {
  const path = key.endsWith(valueKey) ? key.slice(0, -valueKey.length) : key
  return path.replaceAll('/', '.')
}

function stateDictsOf(
  entries: readonly NamedEntry[],
  values: (entry: NamedEntry) => Tensor['values'],
): StateDict[] {
  const model = new Collected()
  const optimizer = new Collected()
  const copies = new Collected()
  const isListedAgain = areListedAgain(entries)
  for (const entry of entries) {
    const path = entry.key.replace(valueKey, '')
    if (isListedAgain && listed.test(path)) copies.add(entry, values(entry))
    else if (ofOptimizer.test(path) && !trained.test(path)) optimizer.add(entry, values(entry))
    else model.add(entry, values(entry))
  }
  return [
    model.stateDict('', 'model'),
    ...(optimizer.isEmpty ? [] : [optimizer.stateDict('optimizer', 'optimizer')]),
    ...(copies.isEmpty ? [] : [copies.stateDict('_all_variables', 'other')]),
  ]
}

/** Whether each variable of that list is under another key too, one for one: of the same type, shape and bytes. */
function areListedAgain(entries: readonly NamedEntry[]): boolean {
  const others = new Map<string, number>()
  const isListed = ({ key }: NamedEntry) => listed.test(key.replace(valueKey, ''))
  const content = ({ type, shape, checksum }: NamedEntry) => `${type} ${shape.join()} ${checksum}`
  for (const entry of entries)
    if (!isListed(entry)) others.set(content(entry), (others.get(content(entry)) ?? 0) + 1)
  return entries.filter(isListed).every((entry) => {
    const left = others.get(content(entry)) ?? 0
    others.set(content(entry), left - 1)
    return entry.checksum !== null && left > 0
  })
}

/** The entries of one state dict. */
class Collected {
  readonly #tensors: Tensor[] = []
  readonly #values: ValueEntry[] = []
  readonly #names = new Set<string>()
  readonly #declarations = new Map<string, Declaration>()

  get isEmpty(): boolean {
    return this.#names.size === 0
  }

  add(entry: NamedEntry, values: Tensor['values']): void {
    const { key, type, shape, size } = entry
    // Two keys of one name when slashes are dots: each keeps its own.
    const name = this.#names.has(nameOf(key)) ? key : nameOf(key)
    if (this.#names.has(name))
      throw new SdinspectError('format/malformed', `${quoted(key)} is in the index twice`, { tensor: name })
    this.#names.add(name)
    const dtype = elementTypes.get(type)
    if (dtype === undefined) {
      const what = type === textType ? 'text' : `values of TensorFlow's type ${type}`
      const description = `${what}, ${size} bytes`
      this.#values.push({ name, position: this.#tensors.length, type: null, description })
      return
    }
    const elements = elementsOf(shape)
    const bytes = (elements * dtypes[dtype].bits) / 8
    if (!Number.isSafeInteger(bytes) || (entry.slices === 0 && bytes !== size))
      throw new SdinspectError(
        'format/malformed',
        `tensor ${quoted(name)} has ${size} bytes, and its ${elements} elements of ${dtype} need ${bytes}`,
        { tensor: name },
      )
    this.#tensors.push({ name, dtype, shape, elements, bytes, values, tiedTo: null })
    this.#declare(name, key.replace(valueKey, ''))
  }

  #declare(name: string, path: string): void {
    if (trained.test(path))
      this.#declarations.set(name, {
        kind: 'parameter',
        requiresGrad: true,
        by: "the optimizer's list of the variables it trains",
      })
    else if (statistic.test(path))
      this.#declarations.set(name, {
        kind: 'buffer',
        level: 'recognised',
        by: 'the name that Keras gives what a normalisation follows',
      })
  }

  stateDict(path: string, role: StateDict['role']): StateDict {
    return {
      path,
      role,
      tensors: this.#tensors,
      ...(this.#values.length === 0 ? {} : { values: this.#values }),
      // Keys of a table are in the order of their bytes.
      order: 'unrecorded',
      facts: role === 'model' && this.#declarations.size > 0 ? { declarations: this.#declarations } : {},
    }
  }
}
