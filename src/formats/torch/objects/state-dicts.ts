import type { PickleDict, PickleRecord, PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import { isUnread, type TensorReader, type TensorRecord } from '../rebuild/tensor-record.ts'
import { described } from './describe.ts'
import { type Child, childrenOf, isContainer, joined } from './object-walk.ts'
import { isCall, itemsOf, keyText } from './objects.ts'
import { type ModuleContents, moduleAttributes, moduleContents } from './pickled-module.ts'
import { isMostlyTensors, isNestedModel, isOptimizer, metadataOf } from './state-dict-signs.ts'

export interface FoundEntry {
  readonly name: string
  readonly record: TensorRecord
  /** Of a pickled module: which of its dicts it is in. */
  readonly kind?: 'parameter' | 'buffer'
}

/** A state dict in the object graph of a file. */
export interface FoundStateDict {
  readonly path: string
  /** `loose`: tensors that lie about in the file, by their paths. */
  readonly family: 'module' | 'tensors' | 'optimizer' | 'loose'
  readonly entries: readonly FoundEntry[]
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
  const record = read(root)
  if (record !== null && !isUnread(record)) loose.push({ name: 'tensor', record })
  else if (!isContainer(root)) note('', root)
  const pending: Step[] = record === null && isContainer(root) ? [{ value: root, path: '', depth: 0 }] : []
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { value, path, depth } = step
    const seenAt = paths.get(value)
    if (seenAt !== undefined) {
      if (listed.has(value)) repeated.set(path, seenAt)
      continue
    }
    paths.set(value, path)
    const found = stateDictAt(value, path, read, limits)
    if (found !== undefined) {
      stateDicts.push(found.stateDict)
      listed.add(value)
      for (const [name, child] of found.rest) note(joined(path, name), child)
      continue
    }
    const children = childrenOf(value)
    if (children.length === 0 && depth > 0) note(path, value)
    for (const child of children) {
      const name = joined(path, child.key)
      const tensor = read(child.value)
      if (tensor !== null && !isUnread(tensor)) loose.push({ name, record: tensor })
      else if (tensor !== null || !isContainer(child.value)) {
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
      path: stateDicts.length === 0 ? '' : '(loose tensors)',
      family: 'loose',
      entries: loose,
      object: root,
      metadata: null,
      module: null,
    })
  return { stateDicts, values, repeated }
}

function mayHoldTensors(value: PickleRecord): boolean {
  return value.kind === 'call' && moduleAttributes(value) !== undefined
}

interface Recognised {
  readonly stateDict: FoundStateDict
  /** What is in it and is no tensor. */
  readonly rest: readonly (readonly [string, PickleValue])[]
}

function stateDictAt(
  value: PickleRecord,
  path: string,
  read: TensorReader,
  limits: Limits,
): Recognised | undefined {
  if (isCall(value) && moduleAttributes(value) !== undefined) {
    const module = moduleContents(value, read, limits)
    const stateDict = {
      path,
      family: 'module',
      entries: module.entries,
      object: value,
      metadata: null,
      module,
    } as const
    return { stateDict, rest: [] }
  }
  const items = itemsOf(value)
  if (items === undefined) return undefined
  if (isOptimizer(items)) {
    const { entries, rest } = flattened(value, read, limits)
    return {
      stateDict: { path, family: 'optimizer', entries, object: value, metadata: null, module: null },
      rest,
    }
  }
  const metadata = metadataOf(value)
  if (metadata === null && !isMostlyTensors(items, read) && !isNestedModel(items, path, read))
    return undefined
  refuseDuplicates(items, path, read)
  const { entries, rest } = flattened(value, read, limits)
  if (entries.length === 0) return undefined
  return { stateDict: { path, family: 'tensors', entries, object: value, metadata, module: null }, rest }
}

/** torch takes the later of two equal keys and forgets the first: what was saved is not what is loaded. */
function refuseDuplicates(items: PickleDict, path: string, read: TensorReader): void {
  const [key] = items.duplicates
  if (key === undefined) return
  const value = items.values[items.index.get(key) ?? 0]
  if (read(value) === null) return
  throw new SdinspectError(
    'format/malformed',
    `data.pkl: the key ${JSON.stringify(joined(path, keyText(key)).slice(0, 200))} is in its state dict twice`,
    { tensor: keyText(key) },
  )
}

/** All tensors under a value with their paths in it, in order, and what is no tensor. */
function flattened(root: PickleRecord, read: TensorReader, limits: Limits) {
  const entries: FoundEntry[] = []
  const rest: (readonly [string, PickleValue])[] = []
  const seen = new Set<PickleRecord>([root])
  const names = new Set<string>()
  let nameLength = 0
  const pending: (Child & { depth: number })[] = childrenIn(root)
    .map((child) => ({ ...child, depth: 1 }))
    .reverse()
  for (let child = pending.pop(); child !== undefined; child = pending.pop()) {
    const { key: name, value, depth } = child
    const record = read(value)
    if (record !== null && !isUnread(record)) {
      withinLimit(limits, 'nameBytes', name.length, 'the length of a tensor name')
      if (names.has(name))
        throw new SdinspectError(
          'format/malformed',
          `data.pkl: two entries are called ${JSON.stringify(name.slice(0, 200))}`,
          { tensor: name },
        )
      names.add(name)
      nameLength += name.length
      withinLimit(limits, 'pickleBytes', nameLength, 'the length of all tensor names')
      withinLimit(limits, 'tensors', entries.length, 'the number of tensors')
      entries.push({ name, record })
    } else if (record !== null || !isContainer(value)) rest.push([name, value])
    else if (!seen.has(value)) {
      seen.add(value)
      const inner = childrenIn(value)
      withinLimit(limits, 'pickleDepth', depth, 'data.pkl: the nesting of containers')
      if (inner.length === 0) rest.push([name, value])
      withinLimit(limits, 'nameBytes', name.length, 'the length of a path')
      for (let i = inner.length - 1; i >= 0; i--) {
        const next = inner[i] as Child
        pending.push({ ...next, key: joined(name, next.key), depth: depth + 1 })
      }
    }
  }
  return { entries, rest }
}

/** As childrenOf, without the `_metadata` that BUILD hangs on a state dict. */
function childrenIn(value: PickleRecord): Child[] {
  return itemsOf(value) === undefined
    ? [...childrenOf(value)]
    : childrenOf(value).filter((child) => child.key !== '_metadata' || itemsOf(child.value) === undefined)
}
