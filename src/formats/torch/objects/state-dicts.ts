import type { PickleDict, PickleRecord, PickleValue } from '../../../codec/pickle-value.ts'
import { type Limits, LongNames, withinLimit } from '../../../limits.ts'
import { looseTensors } from '../../../model/loose-tensors.ts'
import { isUnread, type NamedRecord, type TensorReader } from '../rebuild/tensor-record.ts'
import { described } from './describe.ts'
import { flattened } from './flatten.ts'
import { type Child, childrenOf, isContainer, joined } from './object-walk.ts'
import { isCall, itemsOf } from './objects.ts'
import { type ModuleContents, moduleAttributes, moduleContents } from './pickled-module.ts'
import { optimizerStateDict } from './pickled-optimizer.ts'
import {
  isAveragedList,
  isFlatOptimizer,
  isMostlyTensors,
  isNestedModel,
  isOptimizer,
  metadataOf,
  namedPairs,
} from './state-dict-signs.ts'

export interface FoundEntry extends NamedRecord {
  /** What is rebuilt to the tensor. */
  readonly source: PickleValue
  /** Of a pickled module: which of its dicts it is in. */
  readonly kind?: 'parameter' | 'buffer'
}

/** An entry that is no tensor. */
export interface FoundValue {
  readonly name: string
  /** Stands before the entry of this index. */
  readonly position: number
  readonly value: PickleValue
  /** The name that the same object has before, where it has. */
  readonly sameAs?: string
  /** It is a state dict of its own, which lists what is in it. */
  readonly isApart?: true
}

/** A state dict in the object graph of a file. */
export interface FoundStateDict {
  readonly path: string
  /** `list`: an averaged copy that is no more than a list. `loose`: tensors that lie about in the file, by their paths. */
  readonly family: 'module' | 'tensors' | 'list' | 'optimizer' | 'loose'
  readonly entries: readonly FoundEntry[]
  /** Entries that are no tensors, in order. */
  readonly values: readonly FoundValue[]
  readonly object: PickleValue
  /** `_metadata` of an OrderedDict that `state_dict()` made: module path to its dict. */
  readonly metadata: PickleDict | null
  readonly module: ModuleContents | null
}

export interface FoundInGraph {
  readonly stateDicts: readonly FoundStateDict[]
  /** Path to a short description, for what is no tensor. */
  readonly values: ReadonlyMap<string, string>
  /** Paths of objects that are listed already under another path. */
  readonly repeated: ReadonlyMap<string, string>
}

/** Deeper values are summed up by the container they are in. */
const valueDepth = 3
const valueCount = 1_000
const longestPath = 4_096

interface Step {
  readonly value: PickleRecord
  readonly path: string
  readonly depth: number
}

/**
 * Finds the state dicts of a file, however deep and in whatever wrapper: pickled modules, optimizers (`state`
 * beside `param_groups`), dicts that are mostly tensors. Visits each object once.
 */
export function findStateDicts(root: PickleValue, read: TensorReader, limits: Limits): FoundInGraph {
  const stateDicts: FoundStateDict[] = []
  const loose: FoundEntry[] = []
  const values = new Map<string, string>()
  const repeated = new Map<string, string>()
  const paths = new Map<PickleRecord, string>()
  const listed = new Set<PickleValue>()
  const note = (path: string, value: PickleValue) => {
    if (values.size < valueCount && path.length <= longestPath)
      values.set(path === '' ? '(file)' : path, described(value, read))
  }
  const longNames = new LongNames(limits)
  let written = 0
  /** Paths share what they begin with until they are used, and then each takes its own length. */
  const write = (path: string) => {
    longNames.take(path.length)
    written += path.length
    withinLimit(limits, 'pickleBytes', written, 'the length of all paths')
  }
  const names = { entries: new Set<string>(), stateDicts: new Set<string>() }
  const record = read(root)
  if (record !== null && !isUnread(record)) loose.push({ name: 'tensor', record, source: root })
  else if (!isContainer(root)) note('', root)
  const pending: Step[] = record === null && isContainer(root) ? [{ value: root, path: '', depth: 0 }] : []
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { value, path, depth } = step
    const seenAt = paths.get(value)
    if (seenAt !== undefined) {
      if (listed.has(value) && path.length <= longestPath && repeated.size < valueCount)
        repeated.set(path, seenAt)
      continue
    }
    paths.set(value, path)
    const found = stateDictAt(value, path, read, limits)
    if (found !== undefined) {
      write(path)
      stateDicts.push({ ...found, path: untaken(path, names.stateDicts) })
      listed.add(value)
      const apart: Step[] = []
      for (const entry of found.values) {
        const name = joined(path, entry.name)
        if (entry.isApart) apart.push({ value: entry.value as PickleRecord, path: name, depth: depth + 1 })
        else note(name, entry.value)
      }
      pending.push(...apart.reverse())
      continue
    }
    const children = childrenOf(value)
    if (children.length === 0 && depth > 0) note(path, value)
    for (const child of children) {
      const name = joined(path, child.key)
      const tensor = read(child.value)
      if (tensor !== null && !isUnread(tensor)) {
        write(name)
        loose.push({ name: untaken(name, names.entries), record: tensor, source: child.value })
      } else if (tensor !== null || !isContainer(child.value)) {
        if (depth < valueDepth) note(name, child.value)
      } else if (depth === valueDepth - 1 && !mayHoldTensors(child.value)) note(name, child.value)
    }
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i] as Child
      if (!isContainer(child.value) || read(child.value) !== null) continue
      const name = joined(path, child.key)
      withinLimit(limits, 'nameBytes', name.length, 'the length of a path')
      withinLimit(limits, 'pickleDepth', depth + 1, 'data.pkl: the nesting of containers')
      pending.push({ value: child.value, path: name, depth: depth + 1 })
    }
  }
  if (loose.length > 0)
    stateDicts.push({
      path: stateDicts.length === 0 ? '' : looseTensors,
      family: 'loose',
      entries: loose,
      values: [],
      object: root,
      metadata: null,
      module: null,
    })
  return { stateDicts, values, repeated }
}

/** Dotted keys make two ways to one path: `{"a.b": …, "a": {"b": …}}`. The later has its number. */
function untaken(name: string, taken: Set<string>): string {
  let text = name
  for (let number = 2; taken.has(text); number++) text = `${name}#${number}`
  taken.add(text)
  return text
}

function mayHoldTensors(value: PickleRecord): boolean {
  return value.kind === 'call' && moduleAttributes(value) !== undefined
}

function stateDictAt(
  value: PickleRecord,
  path: string,
  read: TensorReader,
  limits: Limits,
): FoundStateDict | undefined {
  if (isCall(value) && moduleAttributes(value) !== undefined) {
    const module = moduleContents(value, read, limits)
    const { entries, values } = module
    return { path, family: 'module', entries, values, object: value, metadata: null, module }
  }
  const packed = optimizerStateDict(value)
  if (packed !== undefined) {
    const contents = flattened(packed, 'optimizer', read, limits)
    return { path, family: 'optimizer', ...contents, object: packed, metadata: null, module: null }
  }
  const pairs = namedPairs(value, read)
  const items = itemsOf(value)
  if (pairs !== undefined) {
    const contents = flattened(pairs, 'parts', read, limits)
    return { path, family: 'tensors', ...contents, object: value, metadata: null, module: null }
  }
  if (items === undefined) {
    if (!isAveragedList(value, path, read)) return undefined
    const contents = flattened(value, 'parts', read, limits)
    return { path, family: 'list', ...contents, object: value, metadata: null, module: null }
  }
  if (isOptimizer(items) || isFlatOptimizer(items)) {
    const contents = flattened(value, 'optimizer', read, limits)
    return { path, family: 'optimizer', ...contents, object: value, metadata: null, module: null }
  }
  const metadata = metadataOf(value)
  if (metadata === null && !isMostlyTensors(items, read) && !isNestedModel(items, path, read))
    return undefined
  const contents = flattened(value, metadata === null ? 'parts' : 'made by state_dict', read, limits)
  if (contents.entries.length === 0) return undefined
  return { path, family: 'tensors', ...contents, object: value, metadata, module: null }
}
