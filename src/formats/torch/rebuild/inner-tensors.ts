import {
  isRecord,
  type PickleDict,
  type PickleRecord,
  type PickleValue,
} from '../../../codec/pickle-value.ts'
import { partsOf } from '../../../model/tensors/representation.ts'
import { described } from '../objects/describe.ts'
import { isContainer, joined } from '../objects/object-walk.ts'
import { attributesOf, elementsIn, isCall, itemsOf, keyText } from '../objects/objects.ts'
import type { Spend } from './rebuild-arguments.ts'
import { isUnread, type RecordPart, type TensorReader, type TensorRecord } from './tensor-record.ts'

/** Levels of containers inside a subclass that are looked into. torchao's go two deep. */
const deepest = 8
const longestName = 100

/** The attributes that a rebuild function is given as the state of what it makes: a dict, a (dict, slots) pair. */
function stateDicts(state: PickleValue | undefined): PickleDict[] {
  if (!isRecord(state)) return []
  if (state.kind === 'dict') return [state]
  if (state.kind !== 'tuple' || state.items.length !== 2) return []
  return state.items.map(itemsOf).filter((dict) => dict !== undefined)
}

/** A tensor in a value's attributes, by name. */
export function attributeOf(state: PickleValue | undefined, name: string): PickleValue | undefined {
  for (const dict of stateDicts(state)) {
    const at = dict.index.get(name)
    if (at !== undefined) return dict.values[at]
  }
  return undefined
}

/**
 * All tensors in the state of a subclass, however deep: those that a tensor inside it is made of in its place, by
 * the path of the attribute. Each once.
 */
export function innerTensors(
  state: PickleValue | undefined,
  read: TensorReader,
  spend: Spend,
): readonly RecordPart[] {
  const parts: RecordPart[] = []
  const seen = new Set<PickleRecord | TensorRecord>()
  const pending: { readonly name: string; readonly value: PickleValue; readonly depth: number }[] = []
  const add = (prefix: string, key: string, value: PickleValue | undefined, depth: number) =>
    pending.push({ name: joined(prefix, key.slice(0, longestName)), value: value ?? null, depth })
  const attributes = stateDicts(state)
  spend.values(attributes.reduce((sum, { keys }) => sum + keys.length, 0))
  for (const { keys, values } of attributes.reverse())
    for (let i = keys.length - 1; i >= 0; i--) add('', keyText(keys[i] ?? null), values[i], 1)
  if (attributes.length === 0 && isContainer(state)) add('', '', state, 0)
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { name, value, depth } = step
    if (!isContainer(value) || seen.has(value)) continue
    seen.add(value)
    const record = read(value)
    if (record !== null) {
      if (!isUnread(record)) for (const part of flattened(name, record, seen)) parts.push(part)
      continue
    }
    if (depth >= deepest) continue
    const inner = isCall(value) ? attributesOf(value) : itemsOf(value)
    const elements = inner === undefined ? elementsIn(value) : undefined
    const size = inner?.keys.length ?? elements?.length ?? 0
    spend.values(size)
    for (let i = size - 1; i >= 0; i--) {
      const key = inner === undefined ? String(i) : keyText(inner.keys[i] ?? null)
      add(name, key, (inner?.values ?? elements ?? [])[i], depth + 1)
    }
  }
  spend.parts(parts.length)
  return parts
}

/** A tensor as a part, with what is kept beside its bytes, or what one without bytes of its own is made of. */
function flattened(name: string, record: TensorRecord, seen: Set<PickleRecord | TensorRecord>): RecordPart[] {
  if (seen.has(record)) return []
  seen.add(record)
  const inner = partsOf(record.representation ?? undefined).map((part) => ({
    name: joined(name, part.name),
    record: part.record,
  }))
  return record.storage === null && inner.length > 0 ? inner : [{ name, record }, ...inner]
}

/** Attributes of one subclass that are told. */
const mostAttributes = 32

/** What a subclass keeps besides tensors, in a few words each, without what is None. */
export function otherAttributes(
  state: PickleValue | undefined,
  read: TensorReader,
): { readonly name: string; readonly value: string }[] {
  const found: { name: string; value: string }[] = []
  for (const { keys, values } of stateDicts(state))
    for (let i = 0; i < keys.length && found.length < mostAttributes; i++) {
      const value = values[i] ?? null
      if (value === null || read(value) !== null) continue
      found.push({ name: keyText(keys[i] ?? null).slice(0, longestName), value: described(value, read) })
    }
  return found
}
