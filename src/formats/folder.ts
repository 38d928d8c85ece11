import { isSdinspectError, quoted, SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import type { PlainMap } from '../model/checkpoint.ts'
import type { Place } from '../source/source.ts'
import { calledOtherwise } from './detect.ts'
import type { Format } from './format.ts'
import { mayListParts, type PartList, partLists } from './parts/part-list.ts'
import { addTo } from './shards/merge-shards.ts'
import { readIndexDocument } from './shards/read-index-document.ts'
import { isIndexName } from './shards/shard-index.ts'
import { besideShards, originalOf, shardName } from './shards/shard-name.ts'
import { weightFormats } from './weight-formats.ts'

/** A checkpoint that a folder seems to hold, before its weights are read. */
export interface Candidate {
  /** The folder it is in, and that folder's path below the one searched (`''` for that one itself). */
  readonly place: Place
  readonly folder: string
  /** The file that stands for it: the weights, the index, the first shard. */
  readonly name: string
  readonly what:
    | { readonly kind: 'file' }
    | { readonly kind: 'index'; readonly document: PlainMap; readonly bytes: number }
    | { readonly kind: 'shards'; readonly names: readonly string[] }
    | { readonly kind: 'unreadable'; readonly error: SdinspectError }
    /** A list of the parts of the model, which are checkpoints of folders below. */
    | { readonly kind: 'parts'; readonly list: PartList }
  /** Its bytes say that it is weights, and its name does not. */
  readonly isByBytes?: true
  /** Nothing loads it: a shard that the index beside it does not name, or a copy. */
  readonly isBeside?: true
}

/** Levels of folders below: a diffusers pipeline has one, a repository in the hub's cache two or three. */
const searchDepth = 4

/**
 * The checkpoints in a folder, each once: indexes with the shards they name, shards without an index, single
 * files. Folders below are searched where this one holds nothing itself, or is a pipeline of several models
 * (`model_index.json`, `modules.json`).
 *
 * @throws SdinspectError `source/no-checkpoint`, `source/*` when the folder cannot be listed,
 *   `limit/exceeded` (`folders`)
 */
export async function findCheckpoints(place: Place, limits: Limits): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  const open: { place: Place; folder: string; depth: number }[] = [{ place, folder: '', depth: 0 }]
  let searched = 0
  const unfinished: string[] = []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    withinLimit(limits, 'folders', ++searched, 'the number of folders searched')
    const names = await next.place.list()
    if (names === null) throw noList(next.place)
    for (const name of names) if (isUnfinished(name)) unfinished.push(joined(next.folder, name))
    const { candidates: here } = await candidatesOf(next.place, next.folder, names, limits)
    for (const one of here) found.push(one)
    const isPipeline = mayListParts(names)
    const holdsNone = here.every(({ what }) => what.kind === 'parts')
    if (next.depth >= searchDepth || !(holdsNone || isPipeline)) continue
    const below = ((await next.place.folders?.()) ?? []).filter((name) => !name.startsWith('.'))
    for (const name of below.reverse()) {
      const inner = folderAt(next.place, name)
      if (inner === undefined) continue
      open.push({ place: inner, folder: joined(next.folder, name), depth: next.depth + 1 })
    }
  }
  if (found.length > 0) return found
  throw noCheckpoint(place, searched, unfinished[0])
}

/** Folders below that are looked into for checkpoints beside the one of this folder. */
const mostBelow = 200

/**
 * The folders right below one that hold checkpoints too, as those of a training run do: what is shown of a folder is its
 * own checkpoint. None where the folder has none of its own, or lists the parts of its model.
 */
export async function foldersBelow(place: Place, limits: Limits): Promise<readonly string[]> {
  const names = (await place.list()) ?? []
  const { candidates } = await candidatesOf(place, '', names, limits)
  if (mayListParts(names) || candidates.every(({ what }) => what.kind === 'parts')) return []
  const below: string[] = []
  for (const name of ((await place.folders?.()) ?? []).slice(0, mostBelow)) {
    const inner = name.startsWith('.') ? undefined : folderAt(place, name)
    if (inner === undefined) continue
    const own = await candidatesOf(inner, name, (await inner.list()) ?? [], limits)
    if (own.candidates.length > 0) below.push(name)
  }
  return below
}

/** What browsers, curl and huggingface_hub call a file until all of it is there. */
function isUnfinished(name: string): boolean {
  return /\.(incomplete|part|partial|crdownload|download|aria2)$/i.test(name)
}

export function noCheckpoint(place: Place, searched: number, unfinished?: string): SdinspectError {
  const otherwise = calledOtherwise(place.name)
  if (otherwise !== null) return otherwise
  return new SdinspectError(
    'source/no-checkpoint',
    `the folder holds no checkpoint: looked for *.index.json and ${searchedEndings().join(', ')} in it${searched > 1 ? ` and in ${searched === 2 ? 'the folder' : `${searched - 1} folders`} below` : ''}`,
    {
      file: place.name,
      hint:
        unfinished === undefined
          ? 'give the file itself if it is called otherwise; a JSON state dict always is'
          : `${quoted(unfinished)} is a download that did not end: start it again`,
    },
  )
}

export function noList(place: Place): SdinspectError {
  return new SdinspectError(
    'unsupported/feature',
    'the place cannot list its files, so none can be found in it',
    {
      file: place.name,
      hint: 'name the file: the index, the weights, or the shards',
    },
  )
}

/** A folder whose name is no name elsewhere (`a:b` on Windows) is not searched. */
export function folderAt(place: Place, name: string): Place | undefined {
  try {
    return place.folder?.(name)
  } catch (error) {
    if (isSdinspectError(error)) return undefined
    throw error
  }
}

/** The checkpoints in one folder, and all of its files that are theirs. */
export async function candidatesOf(
  place: Place,
  folder: string,
  names: readonly string[],
  limits: Limits,
): Promise<{
  readonly candidates: readonly Candidate[]
  /** What stands beside them and is loaded by nothing. */
  readonly beside: readonly Candidate[]
  readonly files: ReadonlySet<string>
}> {
  const candidates: Candidate[] = []
  const beside: Candidate[] = []
  const taken = new Set<string>()
  for (const name of names.filter(isIndexName)) {
    const what = await indexCandidate(place, name, limits)
    candidates.push({ place, folder, name, what })
    if (what.kind === 'index') for (const shard of namedShards(what.document)) taken.add(shard)
  }
  const isBeside = besideShards([...taken])
  const present = new Set(names)
  const sets = new Map<string, string[]>()
  for (const name of weightNames(names)) {
    if (taken.has(name)) continue
    // What it is said to be is the index's finding, and it is no checkpoint of its own.
    if (isBeside(name) || present.has(originalOf(name) ?? ''))
      beside.push({ place, folder, name, what: { kind: 'file' }, isBeside: true })
    else addTo(sets, shardName(name)?.set ?? name, name)
  }
  for (const [set, files] of sets) {
    const name = files[0] as string
    candidates.push({
      place,
      folder,
      name,
      what: set === name ? { kind: 'file' } : { kind: 'shards', names: files },
    })
  }
  for (const list of await partLists(place, names, limits)) {
    const what: Candidate['what'] =
      'error' in list
        ? { kind: 'unreadable', error: list.error.within({ file: joined(place.name, list.name) }) }
        : { kind: 'parts', list }
    candidates.push({ place, folder, name: list.name, what })
  }
  const parts = names.filter((name) => weightFormats.some(({ isPart }) => isPart?.(name, names)))
  const files = new Set([...candidates.map(({ name }) => name), ...taken, ...weightNames(names), ...parts])
  return { candidates, beside, files }
}

async function indexCandidate(place: Place, name: string, limits: Limits): Promise<Candidate['what']> {
  try {
    return { kind: 'index', ...(await readIndexDocument(place, name, limits)) }
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return { kind: 'unreadable', error: error.within({ file: joined(place.name, name) }) }
  }
}

function namedShards(document: PlainMap): readonly string[] {
  const map = document.get('weight_map')
  return map instanceof Map
    ? [...(map as PlainMap).values()].filter((shard) => typeof shard === 'string')
    : []
}

/** The files of a folder that each may hold weights, in its order. What they do hold, their bytes decide. */
function weightNames(names: readonly string[]): readonly string[] {
  const found = new Set(weightFormats.flatMap((format) => foundIn(format, names)))
  return names.filter((name) => found.has(name))
}

function foundIn({ endings, findIn }: Format, names: readonly string[]): readonly string[] {
  if (findIn !== undefined) return findIn(names)
  return names.filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
}

/** The endings that make a file one of a folder's checkpoints: `*.pt`. */
function searchedEndings(): readonly string[] {
  return weightFormats.flatMap((format) =>
    format.endings
      .filter((ending) => foundIn(format, [`model${ending}`]).length > 0)
      .map((ending) => `*${ending}`),
  )
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
