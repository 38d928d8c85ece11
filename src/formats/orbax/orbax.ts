import { parseJson } from '../../codec/json.ts'
import { isSdinspectError, quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { type Limits, LongNames, withinLimit } from '../../limits.ts'
import type { Checkpoint, Plain, PlainMap, StateDict, ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import { fileName } from '../../source/file-name.ts'
import type { Place } from '../../source/source.ts'
import { inParallel } from '../../source/together.ts'
import { collectionDeclarations, optimizerPrefix } from '../flax-collections.ts'
import type { Format } from '../format.ts'
import { zarrArray } from './zarr.ts'

// orbax/checkpoint/_src/metadata/tree.py: `_METADATA` has the path of keys, the kind and the shape of each leaf of the tree.
// The arrays stand beside it: each in a folder of its own, called as its keys joined by dots, with a description of zarr in
// it; or all in one database (OCDBT), which is not read.

/** Descriptions that are looked at: a folder of more arrays is described by `_METADATA` alone. */
const mostDescriptions = 20_000
const descriptionsAtOnce = 16

/** Checkpoints of JAX that Orbax writes. Reads `_METADATA`, and what stands beside each array. */
export const orbax: Format = {
  id: 'orbax',
  title: 'Orbax',
  family: 'flax',
  endings: [],
  keeps: { versions: false, tiedNames: true },
  findIn: (names) => names.filter((name) => name === '_METADATA'),
  // Pieces of an array, in the folder of its description.
  isPart: (name, names) => names.includes('.zarray') && /^\d+(\.\d+)*$/.test(name),
  fetch: 'all',
  detect: (head) => /^\s*\{\s*"tree_metadata"\s*:/.test(new TextDecoder('latin1').decode(head)),
  async read(source, { limits, place }): Promise<Checkpoint> {
    withinLimit(limits, 'indexBytes', source.size, 'the size of _METADATA in bytes')
    const bytes = await source.read(0, source.size)
    const file = fileName(source.name)
    const document = parseJson(bytes, { limits, what: '_METADATA', longNames: limits.longNames })
    const tree = mapOf(document)?.get('tree_metadata')
    if (!(document instanceof Map) || !(tree instanceof Map))
      throw new SdinspectError('format/malformed', '_METADATA has no tree_metadata that is an object', {
        offset: 0,
      })
    const leaves = leavesOf(tree as PlainMap, limits)
    const isDatabase = (document as PlainMap).get('use_ocdbt') !== false
    const arrays = leaves.filter(({ isArray }) => isArray)
    const isDescribed =
      !isDatabase && place !== undefined && source.remote === undefined && arrays.length <= mostDescriptions
    const described = isDescribed ? await descriptions(arrays, place, limits) : new Map<Leaf, Description>()
    const findings = arrays.flatMap((leaf) => problemOf(leaf, described.get(leaf), isDescribed))
    const tensors = arrays.map((leaf) => tensorOf(leaf, described.get(leaf)))
    const untyped = tensors.filter(({ dtype }) => dtype === null).length
    if (untyped > 0 && findings.length === 0)
      findings.push(
        finding(
          'orbax/types-elsewhere',
          {
            tensors: untyped,
            where: isDatabase ? 'a database beside it (OCDBT)' : 'the folders of the arrays',
          },
          { file },
        ),
      )
    return {
      format: 'orbax',
      producer: `orbax.checkpoint${isDatabase ? ' (OCDBT)' : ''}`,
      files: [{ name: file, bytes: source.size, role: 'index' }],
      metadata: settingsOf(document as PlainMap),
      side: {},
      stateDicts: stateDictsOf(tensors, leaves),
      findings,
    }
  },
}

/** A leaf of the tree, as `_METADATA` has it. */
interface Leaf {
  readonly name: string
  /** As its folder is called: keys joined by dots. */
  readonly folder: string
  /** `jax.Array`, `np.ndarray`, `scalar`, `string`. */
  readonly type: string
  /** null where it is not said, as by Orbax before 0.6. */
  readonly shape: readonly number[] | null
  readonly isArray: boolean
}

function mapOf(value: Plain | undefined): PlainMap | undefined {
  return value instanceof Map ? (value as PlainMap) : undefined
}

function leavesOf(tree: PlainMap, limits: Limits): Leaf[] {
  withinLimit(limits, 'tensors', tree.size, 'the number of leaves of the tree')
  const longNames = new LongNames(limits)
  const names = new Set<string>()
  return [...tree].map(([key, leaf]) => {
    const keys = mapOf(leaf)?.get('key_metadata')
    const value = mapOf(mapOf(leaf)?.get('value_metadata'))
    const type = value?.get('value_type')
    if (!Array.isArray(keys) || keys.length === 0 || typeof type !== 'string')
      throw new SdinspectError(
        'format/malformed',
        `_METADATA: the leaf ${quoted(key)} has no keys or no type`,
      )
    const name = keys.map((each: Plain) => keyText(mapOf(each)?.get('key'), key)).join('.')
    withinLimit(limits, 'nameBytes', name.length, 'the length of a name')
    longNames.take(name.length)
    if (names.has(name))
      throw new SdinspectError('format/malformed', `_METADATA: two leaves are called ${quoted(name)}`, {
        tensor: name,
      })
    names.add(name)
    const isArray = type === 'jax.Array' || type === 'np.ndarray' || type === 'scalar'
    const shape = value?.get('write_shape')
    return { name, folder: name, type, shape: type === 'scalar' ? [] : shapeOf(shape, name, limits), isArray }
  })
}

function keyText(key: Plain | undefined, leaf: string): string {
  if (typeof key === 'string' || typeof key === 'number') return String(key)
  throw new SdinspectError(
    'format/malformed',
    `_METADATA: the leaf ${quoted(leaf)} has a key that is no text`,
  )
}

function shapeOf(shape: Plain | undefined, name: string, limits: Limits): readonly number[] | null {
  if (shape === undefined || shape === null) return null
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && (n as number) >= 0))
    throw new SdinspectError('format/malformed', `_METADATA: ${quoted(name)} has no shape of lengths`, {
      tensor: name,
    })
  withinLimit(limits, 'dimensions', shape.length, `the number of dimensions of ${quoted(name)}`)
  return shape as readonly number[]
}

type Description = { readonly shape: readonly number[]; readonly dtype: DType | null } | 'missing'

/** What the files beside the arrays say of them. */
async function descriptions(
  leaves: readonly Leaf[],
  place: Place,
  limits: Limits,
): Promise<ReadonlyMap<Leaf, Description>> {
  const found = await inParallel(leaves, descriptionsAtOnce, async ({ name, folder }) => {
    for (const file of ['.zarray', 'zarr.json']) {
      const bytes = await smallFile(`${folder}/${file}`, place, limits)
      if (bytes !== null) return zarrArray(bytes, name, limits)
    }
    return 'missing' as const
  })
  return new Map(leaves.map((leaf, at) => [leaf, found[at] as Description]))
}

/** null for one that is not there, or whose name is none of a folder below. */
async function smallFile(name: string, place: Place, limits: Limits): Promise<Uint8Array | null> {
  try {
    const source = await place.open(name)
    try {
      withinLimit(limits, 'configBytes', source.size, `the size of ${quoted(name)} in bytes`)
      return await source.read(0, source.size)
    } finally {
      await source.close?.()
    }
  } catch (error) {
    if (isSdinspectError(error) && ['source/not-found', 'source/outside'].includes(error.code)) return null
    throw error
  }
}

function problemOf(leaf: Leaf, description: Description | undefined, isDescribed: boolean): Finding[] {
  if (!isDescribed || description === undefined) return []
  const about = { tensor: leaf.name, file: leaf.folder }
  if (description === 'missing') return [finding('orbax/missing-array', {}, about)]
  const { shape } = description
  if (leaf.shape === null || leaf.shape.join() === shape.join()) return []
  return [finding('orbax/other-shape', { said: leaf.shape, there: shape }, about)]
}

function tensorOf({ name, shape, type }: Leaf, description: Description | undefined): Tensor {
  const known = description === undefined || description === 'missing' ? undefined : description
  const dtype = known?.dtype ?? null
  const dimensions = shape ?? known?.shape
  if (dimensions === undefined)
    throw new SdinspectError(
      'unsupported/feature',
      `_METADATA does not say what shape ${quoted(name)}, a ${type}, has, as Orbax did not before 0.6`,
      { tensor: name, hint: 'restore it with orbax.checkpoint, and save it again' },
    )
  const elements = elementsOf(dimensions)
  const bytes = dtype === null ? null : Math.ceil((elements * dtypes[dtype].bits) / 8)
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bytes ?? 0))
    throw new SdinspectError('format/malformed', `_METADATA: ${quoted(name)} has over 2^53 elements`, {
      tensor: name,
    })
  return { name, dtype, shape: dimensions, elements, bytes, values: 'layout not known', tiedTo: null }
}

function stateDictsOf(tensors: readonly Tensor[], leaves: readonly Leaf[]): StateDict[] {
  const isOptimizer = ({ name }: { readonly name: string }) => name.startsWith(optimizerPrefix)
  const model = tensors.filter((tensor) => !isOptimizer(tensor))
  const optimizer = tensors.filter(isOptimizer)
  const others = leaves.filter(({ isArray }) => !isArray)
  const values = others.map(
    ({ name, type }): ValueEntry => ({ name, position: model.length, type: null, description: type }),
  )
  const declarations = new Map(collectionDeclarations(model))
  for (const { name, type } of leaves)
    if (type === 'scalar' && !isOptimizer({ name }))
      declarations.set(name, { kind: 'other', by: '_METADATA, which says that it is a number of Python' })
  const main: StateDict = {
    path: '',
    role: 'model',
    tensors: model,
    ...(values.length === 0 ? {} : { values }),
    // The keys of a dict are sorted before it is saved.
    order: 'unrecorded',
    facts: declarations.size === 0 ? {} : { declarations },
  }
  if (optimizer.length === 0) return [main]
  return [
    main,
    {
      path: 'opt_state',
      role: 'optimizer',
      tensors: optimizer.map((tensor) => ({ ...tensor, name: tensor.name.slice(optimizerPrefix.length) })),
      order: 'unrecorded',
      facts: {},
    },
  ]
}

/** What is said of all arrays, as `use_ocdbt`. */
function settingsOf(document: PlainMap): PlainMap {
  return new Map([...document].filter(([key, value]) => key !== 'tree_metadata' && value !== null))
}
