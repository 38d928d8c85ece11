// What a pickle stream stands for, as inert records. Nothing here runs, imports or looks anything up; an object
// that the stream uses twice is one record, so the graph may share and may have cycles.

/** Integers are numbers where a double holds them and bigints where not, so a float is a record of its own. */
export interface PickleFloat {
  readonly kind: 'float'
  readonly value: number
}
export interface PickleBytes {
  readonly kind: 'bytes' | 'bytearray'
  readonly bytes: Uint8Array
  /** Of the call that made them of a text, in the stream; absent where they are a view of it. */
  readonly encodedAt?: number
}
export interface PickleTuple {
  readonly kind: 'tuple'
  readonly items: readonly PickleValue[]
  /** Of a subclass that is compared as a tuple: `torch.Size`. */
  readonly className?: string
}
export interface PickleList {
  readonly kind: 'list'
  readonly items: PickleValue[]
}
/** Without what is equal to an earlier member, in the order of the stream; Python's own order is not known. */
export interface PickleSet {
  readonly kind: 'set' | 'frozenset'
  readonly items: PickleValue[]
}
/** In insertion order. A key that is set twice keeps its place and takes the later value, as in Python. */
export interface PickleDict {
  readonly kind: 'dict'
  readonly keys: PickleValue[]
  readonly values: PickleValue[]
  /** By canonical key (`KeySpace`): strings and numbers are their own. */
  readonly index: Map<unknown, number>
  /** BUILD has handed what was in it to an object, which does not see what comes later. */
  handed?: true
}
/** A class or function the stream names. */
export interface PickleGlobal {
  readonly kind: 'global'
  readonly module: string
  readonly name: string
  /** Of the opcode, in the stream. */
  readonly offset: number
}
/** The result of a call or a new object that the stream asks for: what is called, with what, and what is then put in. */
export interface PickleCall {
  readonly kind: 'call'
  readonly via: 'reduce' | 'newobj' | 'inst' | 'build'
  readonly callee: PickleValue
  readonly args: readonly PickleValue[]
  readonly kwargs: PickleValue | null
  /** What BUILD hands to the object, in order. A dict among them is as it was then (`handed`). */
  readonly states: PickleValue[]
  /** The elements it holds: what its arguments gave it, and APPENDS and ADDITEMS. */
  readonly items: PickleValue[]
  /** The items it holds: what its arguments gave it, and SETITEMS. null when it has none. */
  entries: PickleDict | null
  readonly offset: number
}
/** A reference that the reader of the file resolves: torch's storages. */
export interface PicklePersistent {
  readonly kind: 'persistent'
  readonly id: PickleValue
  readonly offset: number
}

export type PickleRecord =
  | PickleFloat
  | PickleBytes
  | PickleTuple
  | PickleList
  | PickleSet
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent
export type PickleValue = null | boolean | number | bigint | string | PickleRecord

/** A class or function that a stream names, once for all its uses. */
export interface PickleImport {
  readonly module: string
  readonly name: string
  /** Of the first opcode that names it. */
  readonly offset: number
  /** Opcodes that name it. */
  count: number
}

/** The names of imports that the stream computes, or takes from a registry of the reader: unknown to any reader of it. */
export const computedName = '(computed when loaded)'
export const registryModule = '(copyreg extension registry)'
/** What is called is what another call gave: a function that no name in the stream tells. */
export const calledResult = '(the result of a call)'

export function isRecord(value: PickleValue | undefined): value is PickleRecord {
  return typeof value === 'object' && value !== null
}

export function newDict(): PickleDict {
  return { kind: 'dict', keys: [], values: [], index: new Map() }
}

/**
 * @param canonical what the `KeySpace` of the stream makes of the key
 * @returns the value that an equal key had, which is in the dict no more; undefined for a new key
 */
export function setItem(
  dict: PickleDict,
  key: PickleValue,
  value: PickleValue,
  canonical: unknown,
): PickleValue | undefined {
  const at = dict.index.get(canonical)
  if (at === undefined) {
    dict.index.set(canonical, dict.keys.length)
    dict.keys.push(key)
    dict.values.push(value)
    return undefined
  }
  const before = dict.values[at]
  dict.values[at] = value
  return before
}

/** The value of a string key. */
export function getItem(dict: PickleDict, key: string): PickleValue | undefined {
  const at = dict.index.get(key)
  return at === undefined ? undefined : dict.values[at]
}

/** Whether Python would take it as a key. Records of calls are taken: their class is not known. */
export function isHashable(value: PickleValue): boolean {
  return !isRecord(value) || !['list', 'dict', 'set', 'bytearray'].includes(value.kind)
}

/** For messages. */
export function kindOf(value: PickleValue): string {
  if (value === null) return 'None'
  return isRecord(value) ? value.kind : typeof value
}
