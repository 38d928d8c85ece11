import { SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Checkpoint, Facts, Plain, PlainMap, StateDict, ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import type { TensorList } from '../../model/tensors/tensor-list.ts'
import { type TensorTable, tableOf } from '../../model/tensors/tensor-table.ts'
import { containedName } from '../../source/contained-name.ts'
import type { Place } from '../../source/source.ts'
import { together } from '../../source/together.ts'
import { declaredAliases, withAliases } from '../aliases.ts'
import type { ReadContext } from '../format.ts'
import { isRegistrationOrder } from '../registration-order.ts'
import { readSideFiles, type SideFilesRead } from '../side-files.ts'
import { headerGuesses } from './header-guess.ts'
import { type IndexRows, indexRows } from './index-rows.ts'
import { type Merged, mergeShards } from './merge-shards.ts'
import { reconcileIndex, storedElements } from './reconcile-index.ts'
import { shadowing } from './shadowed.ts'
import {
  brokenShards,
  hardLinks,
  indexLost,
  missingShards,
  noShards,
  statedTensors,
  strayShards,
} from './shard-findings.ts'
import { type ShardIndex, shardIndex } from './shard-index.ts'
import { checkShardNaming } from './shard-naming.ts'
import { readShards, type Shard, type ShardsRead } from './shards.ts'

/**
 * The shards an index names, as one checkpoint. Where index and shards differ there is a finding; a shard
 * that is missing or broken does not keep the others from being answered.
 *
 * @param document the parsed index
 * @param file the file it was in
 * @throws SdinspectError `format/malformed`, `source/outside` for a shard out of the folder,
 *   `source/not-found` when there is no shard at all, `limit/exceeded`
 */
export async function readIndexed(
  document: PlainMap,
  file: { readonly name: string; readonly bytes: number },
  context: ReadContext,
): Promise<Checkpoint> {
  const index = shardIndex(document, context.limits)
  const { place, limits } = context
  if (place === undefined) {
    throw new SdinspectError(
      'unsupported/feature',
      'an index names files beside it, and here there is no folder',
      {
        hint: 'give the path of the index or of its folder',
      },
    )
  }
  // All names are judged before any file is opened.
  for (const shard of index.shards) containedName(shard)
  const [shards, side] = await together([
    readShards(index.shards, { ...context, place }, headerGuesses(index)),
    context.side ?? readSideFiles(place, context),
  ])
  if (shards.read.length === 0 && index.shards.length > 0) throw noShards(index, shards)
  return assemble(
    { shards, side, index, limits },
    [
      ...missingShards(shards.missing),
      ...(await strayShards(index.shards, place)),
      ...(await shadowing(file.name, index, { ...context, place })),
    ],
    [{ ...file, role: 'index' }],
  )
}

/** Shards without an index, as one checkpoint. What their names say of their number is checked. */
export async function readShardSet(
  names: readonly string[],
  context: ReadContext & { readonly place: Place },
): Promise<Checkpoint> {
  const { place, limits } = context
  withinLimit(limits, 'shards', names.length, 'the number of shards')
  const [shards, side] = await together([readShards(names, context), readSideFiles(place, context)])
  if (shards.read.length === 0)
    throw shards.broken[0]?.error ?? new SdinspectError('source/not-found', 'none of the shards is there')
  const isWhole = shards.missing.length === 0 && checkShardNaming(names, false).length === 0
  const found = isWhole ? await indexLost(names, side.side.config, place) : missingShards(shards.missing)
  return assemble({ shards, side, index: undefined, limits }, found, [])
}

interface Parts {
  readonly shards: ShardsRead
  readonly side: SideFilesRead
  readonly index: ShardIndex | undefined
  readonly limits: Limits
}

function assemble(parts: Parts, found: readonly Finding[], indexFiles: Checkpoint['files']): Checkpoint {
  const { shards, side, index, limits } = parts
  const merged = mergeShards(shards.read, index?.weightMap ?? new Map())
  withinLimit(limits, 'checkpointTensors', merged.rows.size, 'the number of tensors')
  const names = [...shards.read, ...shards.broken].map((shard) => shard.name)
  const aliases = declaredAliases(index?.metadata ?? new Map(), (name) => merged.rows.has(name))
  const listed = index === undefined ? undefined : indexRows(index, merged)
  const tensors = withAliases(inOrder(merged, listed), aliases)
  return {
    format: commonText(shards.read.map((shard) => shard.checkpoint.format)) ?? 'mixed',
    producer: commonText(shards.read.map((shard) => shard.checkpoint.producer)) ?? null,
    files: [
      ...indexFiles,
      ...shards.read.map(({ name, bytes }) => ({ name, bytes, role: 'weights' as const })),
      ...side.files,
    ],
    metadata: joinedMetadata(shards, index),
    side: side.side,
    ...joinedPickle(shards),
    ...joinedUnverified(shards),
    stateDicts: [
      {
        path: '',
        role: 'model',
        tensors,
        ...(merged.values.length === 0 ? {} : { values: valuesBehind(merged, tensors.length) }),
        order: orderOf(parts, tensors),
        facts: factsOf(parts, merged, aliases),
      },
      ...shards.read.flatMap(besideIn),
    ],
    ...valuesBeside(shards),
    findings: [
      ...found,
      ...brokenShards(shards),
      ...checkShardNaming(index?.shards ?? names, index !== undefined),
      ...merged.findings,
      ...(index === undefined || listed === undefined ? [] : reconcileIndex(index, listed, shards, merged)),
      ...statedTensors(shards, merged.rows.size),
      ...hardLinks(shards),
      ...shards.read.flatMap(({ name, checkpoint }) =>
        checkpoint.findings.map((finding) => ({ ...finding, file: name })),
      ),
      ...side.findings,
    ],
  }
}

/** State dicts that a shard has besides the part of the model: a copy, an optimizer. */
function besideIn({ name, others }: Shard): StateDict[] {
  return others.map((one) => ({
    ...one,
    path: `${name}: ${one.path}`,
    role: one.role === 'model' ? 'other' : one.role,
  }))
}

/** What is in shards and is no state dict, nor an entry of one. */
function valuesBeside({ read }: ShardsRead): Pick<Checkpoint, 'values'> {
  const values = new Map<string, string>()
  for (const { name, checkpoint } of read) {
    const entries = new Set(
      checkpoint.stateDicts.flatMap(({ path, values: own = [] }) =>
        own.map((entry) => (path === '' ? entry.name : `${path}.${entry.name}`)),
      ),
    )
    for (const [path, text] of checkpoint.values ?? [])
      if (!entries.has(path) && values.size < mostValues) values.set(`${name}: ${path}`, text)
  }
  return values.size === 0 ? {} : { values }
}

/** As many as are listed of one file. */
const mostValues = 1_000

/** With the tied names that an index adds there may be more tensors than in the shards. */
function valuesBehind({ values }: Merged, position: number): ValueEntry[] {
  return values.map((value) => ({ ...value, position }))
}

/** By the index, which may keep the order of the model; what it does not name comes last. */
function inOrder({ all, rows }: Merged, listed: IndexRows | undefined): TensorTable {
  const order: number[] = []
  if (listed === undefined) for (const row of rows.values()) order.push(row)
  else {
    for (const row of listed.rows) if (row >= 0) order.push(row)
    for (const row of listed.unlisted) order.push(row)
  }
  const isAll = order.length === all.length && order.every((row, place) => row === place)
  return isAll ? all : all.pick(Uint32Array.from(order))
}

/**
 * huggingface_hub writes `weight_map` in the order of the state dict; transformers sorts it. Only an order
 * that no sort makes, of all tensors, is taken for the model's: mergekit writes as it goes, so its is not.
 */
function orderOf({ index, shards }: Parts, tensors: TensorList<Tensor>): 'registration' | 'unrecorded' {
  if (index === undefined || shards.missing.length + shards.broken.length > 0) return 'unrecorded'
  if (index.metadata.has('mergekit_version')) return 'unrecorded'
  const types = new Set(tableOf(tensors).columns.dtypes).size
  if (!isRegistrationOrder(index.weightMap.keys(), types * index.shards.length)) return 'unrecorded'
  // An entry that the index does not order comes last here, which says something false of its siblings.
  const modules = new Set(Array.from(index.weightMap.keys(), moduleOf))
  const isAdded = (name: string): boolean => !index.weightMap.has(name)
  return tensors.some(({ name }) => isAdded(name) && modules.has(moduleOf(name)))
    ? 'unrecorded'
    : 'registration'
}

function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}

function factsOf(
  { shards, side, index }: Parts,
  merged: Merged,
  aliases: ReadonlyMap<string, string>,
): Facts {
  const declarations = new Map(
    shards.read.flatMap((shard) => [...(shard.stateDict.facts.declarations ?? [])]),
  )
  const allAliases = new Map([
    ...shards.read.flatMap((shard) => [...(shard.stateDict.facts.aliases ?? [])]),
    ...aliases,
  ])
  const statedShapes = new Map(
    shards.read.flatMap((shard) => [...(shard.stateDict.facts.statedShapes ?? [])]),
  )
  const total = index?.metadata.get('total_parameters')
  const countHolds =
    typeof total === 'number' &&
    Number.isSafeInteger(total) &&
    total <= storedElements(merged) &&
    shards.missing.length + shards.broken.length === 0 &&
    shards.read.every((shard) => shard.checkpoint.metadata.get('format') === 'pt') &&
    !isQuantised(side.side.config)
  return {
    ...(declarations.size > 0 ? { declarations } : {}),
    ...(allAliases.size > 0 ? { aliases: allAliases } : {}),
    ...(statedShapes.size > 0 ? { statedShapes } : {}),
    ...(countHolds ? { totalParameters: total } : {}),
  }
}

/** Quantised models count weights, not what is stored of them. */
function isQuantised(config: PlainMap | undefined): boolean {
  return config !== undefined && (config.has('quantization_config') || config.has('quantization'))
}

/** The index's metadata, and what all shards say alike in theirs. */
function joinedMetadata(shards: ShardsRead, index: ShardIndex | undefined): ReadonlyMap<string, Plain> {
  const joined = new Map<string, Plain>(index?.metadata)
  const [first] = shards.read
  for (const [key, value] of first?.checkpoint.metadata ?? []) {
    if (joined.has(key)) continue
    if (shards.read.every((shard) => shard.checkpoint.metadata.get(key) === value)) joined.set(key, value)
  }
  return joined
}

/** What all shards import, each import with its shard: one shard that is not plain weights is enough. */
function joinedPickle({ read }: ShardsRead): Pick<Checkpoint, 'pickle'> {
  const pickles = read.flatMap(({ name, checkpoint: { pickle } }) =>
    pickle === undefined ? [] : [{ name, pickle }],
  )
  if (pickles.length === 0) return {}
  return {
    pickle: {
      plainWeights: pickles.every(({ pickle }) => pickle.plainWeights),
      imports: pickles.flatMap(({ name, pickle }) =>
        pickle.imports.map((one) => ({ ...one, within: `${name}: ${one.within}` })),
      ),
    },
  }
}

function joinedUnverified({ read }: ShardsRead): Pick<Checkpoint, 'unverified'> {
  const unverified = read.flatMap(({ name, checkpoint }) =>
    (checkpoint.unverified ?? []).map((one) => ({ ...one, file: name })),
  )
  return unverified.length === 0 ? {} : { unverified }
}

function commonText<T extends string | null>(texts: readonly T[]): T | undefined {
  return texts.every((text) => text === texts[0]) ? texts[0] : undefined
}
