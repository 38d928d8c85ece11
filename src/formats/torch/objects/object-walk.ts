import {
  isRecord,
  type PickleDict,
  type PickleRecord,
  type PickleValue,
} from '../../../codec/pickle-value.ts'
import { attributesOf, elementsIn, isCall, isPlainDict, itemsOf, keyText } from './objects.ts'

/** A value inside another, with the key or index it is at. */
export interface Child {
  readonly key: string
  readonly value: PickleValue
  /** The key as the pickle has it; undefined for an index. */
  readonly rawKey?: PickleValue
}

/**
 * What is inside a value: the items of a dict, the elements of a list, the attributes of an object. What BUILD
 * hangs on an OrderedDict is no item of it: nothing that walks over the dict meets it.
 */
export function childrenOf(value: PickleValue): readonly Child[] {
  const items = itemsOf(value)
  const children: Child[] = items === undefined ? [] : itemsWithNames(items)
  if (items === undefined)
    elementsIn(value)?.forEach((element, i) => {
      children.push({ key: String(i), value: element })
    })
  if (isCall(value) && !isPlainDict(value)) {
    const attributes = attributesOf(value)
    attributes?.keys.forEach((rawKey, i) => {
      children.push({ key: keyText(rawKey), rawKey, value: attributes.values[i] as PickleValue })
    })
  }
  return children
}

/** Longer ones are not compared: objects as keys have short texts. */
const longestCompared = 4_096

/** The items of a dict by texts of their keys that differ: of `1` and `"1"`, the second that is no string has its place too. */
export function itemsWithNames({ keys, values }: PickleDict): Child[] {
  // Keys that are strings are told apart by the dict itself.
  const texts = keys.every((key) => typeof key === 'string')
    ? null
    : new Set(keys.filter((key) => typeof key === 'string'))
  return keys.map((rawKey, i) => {
    const value = values[i] ?? null
    if (typeof rawKey === 'string') return { key: rawKey, rawKey, value }
    const text = keyText(rawKey)
    const key = texts?.has(text) ? `${text}#${i}` : text
    if (text.length <= longestCompared) texts?.add(text)
    return { key, rawKey, value }
  })
}

/** Whether a value can hold others. */
export function isContainer(value: PickleValue | undefined): value is PickleRecord {
  if (!isRecord(value)) return false
  return ['list', 'tuple', 'set', 'frozenset', 'dict', 'call'].includes(value.kind)
}

export function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** All that a value is made of, with keys: also what is called and with what, which has the key of the call, `''`. */
export function allParts(value: PickleRecord): (readonly [string, PickleValue])[] {
  const parts: (readonly [string, PickleValue])[] = []
  if (isCall(value)) {
    parts.push(['', value.callee])
    for (const arg of value.args) parts.push(['', arg])
    if (value.kwargs !== null) parts.push(['', value.kwargs])
  }
  const items = itemsOf(value)
  if (items !== undefined)
    items.keys.forEach((key, i) => {
      parts.push(['', key], [keyText(key), items.values[i] as PickleValue])
    })
  if (isCall(value)) for (const state of value.states) parts.push(['', state])
  if (
    value.kind === 'list' ||
    value.kind === 'tuple' ||
    value.kind === 'set' ||
    value.kind === 'frozenset' ||
    isCall(value)
  )
    value.items.forEach((item, i) => {
      parts.push([isCall(value) ? '' : String(i), item])
    })
  return parts
}
