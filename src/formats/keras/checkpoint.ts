import { parseJson } from '../../codec/json.ts'
import { SdinspectError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import type { Checkpoint, Facts, Plain, StateDict } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Chunk } from '../../model/values/chunk.ts'
import type { ByteSource } from '../../source/source.ts'
import { type Contents, isUnder, readContents } from '../hdf5/contents.ts'
import { Hdf5File } from '../hdf5/hdf5-file.ts'
import { type Entries, entriesOf, type Home } from '../hdf5/tensors.ts'
import { factsOfNames, factsOfVariables } from './facts.ts'
import { type LayerScope, modelScope } from './layers.ts'
import { modelCodeFindings } from './model-code.ts'

/** The file on disk, which may be an archive that has the HDF5 file in it. */
export interface Outer {
  readonly file: string
  readonly bytes: number
  /** A run of the HDF5 file's bytes. */
  chunk(offset: number, length: number): Chunk
}

/** What an archive says of the weights in it. */
export interface Described {
  readonly scope: LayerScope | null
  readonly className: string | null
  /** For reasons: `config.json`. */
  readonly by: string
  readonly version: string | null
  /** The configuration of the model, where there is one. */
  readonly config: Plain
}

/**
 * Reads an HDF5 file: one of Keras by its layout, any other as arrays in groups.
 *
 * @param described by what is beside the weights; without it, what the file says itself
 * @throws SdinspectError `format/*`, `limit/exceeded`, `unsupported/feature`
 */
export async function checkpointOf(
  format: string,
  source: ByteSource,
  limits: Limits,
  outer: Outer,
  described?: Described,
): Promise<Checkpoint> {
  const file = await Hdf5File.open(source, limits)
  const contents = await readContents(file)
  const home: Home = {
    file: outer.file,
    size: source.size,
    limits,
    offsetOf: (address) => file.offsetOf(address),
    chunk: outer.chunk,
  }
  const own = described ?? ownDescription(contents, limits)
  const read = stateDictsOf(contents, home, own)
  return {
    format,
    producer: own.version === null ? null : `Keras ${own.version}`,
    files: [{ name: outer.file, bytes: outer.bytes, role: 'weights' }],
    metadata: own.version === null ? new Map() : new Map([['keras_version', own.version]]),
    side: {},
    stateDicts: read.stateDicts,
    findings: [...modelCodeFindings(own.config, outer.file), ...read.findings],
  }
}

/** Attributes of the root, of files that are not in an archive. */
function ownDescription(contents: Contents, limits: Limits): Described {
  const root = contents.attributes.get('')
  const version = root?.get('keras_version') ?? contents.attributes.get('model_weights')?.get('keras_version')
  const config = root?.get('model_config')
  const parsed = typeof config === 'string' ? document(config, limits) : null
  const model = modelScope(parsed)
  return {
    scope: model?.scope ?? null,
    className: model?.className ?? null,
    by: 'the attribute model_config',
    version: typeof version === 'string' ? version : null,
    config: parsed,
  }
}

function document(text: string, limits: Limits): Plain {
  try {
    return parseJson(new TextEncoder().encode(text), { what: 'model_config', limits, nonfinite: true })
  } catch (error) {
    // What it says is not needed to read the file.
    if (error instanceof SdinspectError && error.code.startsWith('format/')) return null
    throw error
  }
}

interface Read {
  readonly stateDicts: readonly StateDict[]
  readonly findings: readonly Finding[]
}

function stateDictsOf(contents: Contents, home: Home, described: Described): Read {
  const { scope, by } = described
  const has = (name: string) => contents.datasets.some(({ path }) => path[0] === name)
  // Keras 2, and `.h5` of Keras 3: the model's weights in a group of their own, and the optimizer's beside it.
  if (contents.attributes.get('model_weights')?.has('layer_names') === true) {
    const model = legacy(contents, home, ['model_weights'], described)
    if (!has('optimizer_weights')) return join([model])
    return join([model, optimizer(contents, home, 'optimizer_weights')])
  }
  // `save_weights` of Keras 2: the groups of the layers at the root.
  if (contents.attributes.get('')?.has('layer_names') === true)
    return join([legacy(contents, home, [], described)])
  const isKeras3 = contents.datasets.some(({ path }) => path.at(-2) === 'vars')
  if (!isKeras3)
    return join([
      {
        entries: entriesOf(contents, home),
        path: '',
        role: 'model',
        facts: {},
        isOrdered: contents.isOrdered,
      },
    ])
  const rest = { ...contents, datasets: contents.datasets.filter(({ path }) => path[0] !== 'optimizer') }
  const model: Part = {
    entries: entriesOf(rest, home),
    path: '',
    role: 'model',
    facts: factsOfVariables(rest, scope, by),
    isOrdered: false,
  }
  return join(has('optimizer') ? [model, optimizer(contents, home, 'optimizer')] : [model])
}

interface Part {
  readonly entries: Entries
  readonly path: string
  readonly role: StateDict['role']
  readonly facts: Facts
  /** Its tensors are in the order in which they were made. */
  readonly isOrdered: boolean
}

function join(parts: readonly Part[]): Read {
  return {
    stateDicts: parts.map(({ entries, path, role, facts, isOrdered }) => ({
      path,
      role,
      tensors: entries.tensors,
      ...(entries.values.length === 0 ? {} : { values: entries.values }),
      order: isOrdered ? ('registration' as const) : ('unrecorded' as const),
      facts,
    })),
    findings: parts.flatMap(({ entries }) => entries.findings),
  }
}

function optimizer(contents: Contents, home: Home, group: string): Part {
  return {
    entries: entriesOf(contents, home, [group]),
    path: group,
    role: 'optimizer',
    facts: {},
    isOrdered: false,
  }
}

/** The layers and the weights of each in the order that the attributes `layer_names` and `weight_names` say. */
function legacy(contents: Contents, home: Home, under: readonly string[], { scope, by }: Described): Part {
  const list = (path: readonly string[], name: string): readonly string[] => {
    const found = contents.attributes.get(path.join('/'))?.get(name)
    return typeof found === 'string' ? [found] : (found ?? [])
  }
  const place = new Map<string, number>()
  for (const layer of [...list(under, 'layer_names'), 'top_level_model_weights'])
    for (const weight of list([...under, layer], 'weight_names'))
      place.set([...under, layer, ...weight.split('/')].join('/'), place.size)
  const at = ({ path }: { readonly path: readonly string[] }) => place.get(path.join('/')) ?? place.size
  const datasets = contents.datasets.filter(({ path }) => isUnder(path, under)).sort((a, b) => at(a) - at(b))
  const names = datasets.map(({ path }) => path.slice(under.length))
  return {
    entries: entriesOf({ ...contents, datasets }, home, under),
    path: under.join('.'),
    role: 'model',
    facts: factsOfNames(names, scope, by),
    isOrdered: datasets.every((dataset) => at(dataset) < place.size),
  }
}
