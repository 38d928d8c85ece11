import {
  getItem,
  isRecord,
  newDict,
  type PickleCall,
  type PickleDict,
  type PickleGlobal,
  type PicklePersistent,
  type PickleValue,
} from '../../../codec/pickle-value.ts'

// How Python objects look in a pickle: the common classes that stand for plain data, and what BUILD gave an object.

/**
 * The class or function a value names. Whole-module files before torch 1.6 wrap a class in a persistent id
 * ("module", class, source file, source text) the first time it is used.
 */
export function globalOf(value: PickleValue | undefined): PickleGlobal | undefined {
  if (!isRecord(value)) return undefined
  if (value.kind === 'global') return value
  if (value.kind !== 'persistent' || !isTypePersistent(value)) return undefined
  const named = isRecord(value.id) && value.id.kind === 'tuple' ? value.id.items[1] : undefined
  return isRecord(named) && named.kind === 'global' ? named : undefined
}

/** ("module", class, source file, source text) */
export function isTypePersistent({ id }: PicklePersistent): boolean {
  return isRecord(id) && id.kind === 'tuple' && id.items[0] === 'module'
}

export function qualified(global: PickleGlobal): string {
  return `${global.module}.${global.name}`
}

/** `module.name` of what a call calls: of the class for an object, also when it is made through copyreg. */
export function calleeName(call: PickleCall): string | undefined {
  const global = globalOf(call.callee)
  if (global === undefined) return undefined
  const name = qualified(global)
  if (
    name !== 'copyreg._reconstructor' &&
    name !== 'copy_reg._reconstructor' &&
    name !== 'copyreg.__newobj__'
  )
    return name
  const made = globalOf(call.args[0])
  return made === undefined ? name : qualified(made)
}

export function isCall(value: PickleValue | undefined): value is PickleCall {
  return isRecord(value) && value.kind === 'call'
}

/** What BUILD gave an object as its attributes: a dict, or the first of a (dict, slots) pair. */
export function attributesOf(call: PickleCall): PickleDict | undefined {
  for (let i = call.states.length - 1; i >= 0; i--) {
    const state = call.states[i]
    if (!isRecord(state)) continue
    if (state.kind === 'dict') return state
    if (state.kind === 'tuple' && state.items.length === 2) {
      const [first, second] = state.items
      if (isRecord(first) && first.kind === 'dict') return first
      if (isRecord(second) && second.kind === 'dict') return second
    }
  }
  return undefined
}

const dictClasses = new Set([
  'collections.OrderedDict',
  'collections.Counter',
  'collections.defaultdict',
  'builtins.dict',
  '__builtin__.dict',
])

/** Whether a call makes one of Python's own dicts, and not an object of a class that may do anything. */
export function isPlainDict(call: PickleCall): boolean {
  return dictClasses.has(calleeName(call) ?? '')
}

/** The items of a dict, or of an object that is one (OrderedDict, a subclass of dict). */
export function itemsOf(value: PickleValue | undefined): PickleDict | undefined {
  if (!isRecord(value)) return undefined
  if (value.kind === 'dict') return value
  if (value.kind !== 'call') return undefined
  if (value.entries !== null) return value.entries
  return dictClasses.has(calleeName(value) ?? '') ? newDict() : undefined
}

const sequenceClasses = new Set(
  ['set', 'frozenset', 'list', 'tuple'].flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
)

/** The elements of a list, tuple or set, or of an object that is a list. */
export function elementsIn(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (!isRecord(value)) return undefined
  if (value.kind === 'list' || value.kind === 'tuple' || value.kind === 'set' || value.kind === 'frozenset')
    return value.items
  if (value.kind !== 'call') return undefined
  return value.items.length > 0 || sequenceClasses.has(calleeName(value) ?? '') ? value.items : undefined
}

/** Bytes, also as Python 3 writes them in protocol 2: _codecs.encode(text, 'latin1'). */
export function bytesOf(value: PickleValue | undefined): Uint8Array | undefined {
  if (!isRecord(value)) return undefined
  if (value.kind === 'bytes' || value.kind === 'bytearray') return value.bytes
  if (value.kind !== 'call' || calleeName(value) !== '_codecs.encode') return undefined
  const [text] = value.args
  return typeof text === 'string' ? Uint8Array.from(text, (char) => char.charCodeAt(0)) : undefined
}

/** An integer no larger than a double holds. */
export function asInteger(value: PickleValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

export function attribute(call: PickleCall, name: string): PickleValue | undefined {
  const attributes = attributesOf(call)
  return attributes === undefined ? undefined : getItem(attributes, name)
}

/** A key as it is written in a dotted path. */
export function keyText(key: PickleValue): string {
  if (typeof key === 'string') return key
  if (typeof key === 'boolean') return key ? 'True' : 'False'
  if (!isRecord(key)) return key === null ? 'None' : String(key)
  switch (key.kind) {
    case 'float':
      return String(key.value)
    case 'bytes':
    case 'bytearray':
      return String.fromCharCode(...key.bytes.subarray(0, 200))
    case 'tuple':
      return `(${key.items.map((item) => (isRecord(item) && item.kind === 'tuple' ? '…' : keyText(item))).join(', ')})`
    case 'global':
      return qualified(key)
    default:
      return `<${key.kind}>`
  }
}
