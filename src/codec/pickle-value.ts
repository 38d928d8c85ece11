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
}
export interface PickleTuple {
  readonly kind: 'tuple'
  readonly items: readonly PickleValue[]
}
export interface PickleList {
  readonly kind: 'list'
  readonly items: PickleValue[]
}
export interface PickleSet {
  readonly kind: 'set' | 'frozenset'
  readonly items: PickleValue[]
}
/** In insertion order. A key that is set twice keeps its place and takes the later value, as in Python. */
export interface PickleDict {
  readonly kind: 'dict'
  readonly keys: PickleValue[]
  readonly values: PickleValue[]
  /** Keys that the stream sets more than once. */
  readonly duplicates: PickleValue[]
  /** By key: strings and numbers by value, records by identity. */
  readonly index: Map<unknown, number>
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
  /** What BUILD hands to the object, in order. */
  readonly states: PickleValue[]
  /** What APPENDS and ADDITEMS hand to it. */
  readonly items: PickleValue[]
  /** What SETITEMS hands to it; null when nothing. */
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

export function isRecord(value: PickleValue | undefined): value is PickleRecord {
  return typeof value === 'object' && value !== null
}

export function newDict(): PickleDict {
  return { kind: 'dict', keys: [], values: [], duplicates: [], index: new Map() }
}

/** What makes two keys equal in Python: True is 1 is 1.0. Tuples and objects are told apart by identity only. */
function keyOf(key: PickleValue): unknown {
  if (typeof key === 'boolean') return key ? 1 : 0
  if (isRecord(key)) {
    if (key.kind === 'float') return Number.isNaN(key.value) ? key : key.value
    if (key.kind === 'tuple' && key.items.length <= 8) return tupleKey(key) ?? key
  }
  return key
}

/** Short tuples of strings and numbers by value. The leading NUL and type letters keep them apart from strings. */
function tupleKey(key: PickleTuple): string | undefined {
  let text = '\0('
  for (const item of key.items) {
    if (typeof item === 'string') text += `s${item.length}:${item}`
    else if (typeof item === 'number' || typeof item === 'bigint') text += `n${item},`
    else return undefined
  }
  return text
}

export function setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
  const canonical = keyOf(key)
  const at = dict.index.get(canonical)
  if (at === undefined) {
    dict.index.set(canonical, dict.keys.length)
    dict.keys.push(key)
    dict.values.push(value)
  } else {
    dict.duplicates.push(key)
    dict.values[at] = value
  }
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
