import { isRecord, type PickleCall, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import { bytesOf, globalOf, itemsOf } from '../objects/objects.ts'
import { type Behaviour, type CallContext, pythonName } from './callee.ts'
import { iterated } from './iterate.ts'

// What Python's own containers make of their arguments: Objects/dictobject.c, Lib/collections/__init__.py,
// Lib/copyreg.py, Lib/encodings.

/** `dict` and its kin; `defaultdict` has its factory first. */
const mapping =
  (factories: number): Behaviour =>
  (call, { args, isNew, name }, context) => {
    if (isNew) return call
    const [source, ...more] = args.slice(factories)
    if (more.length > 0) throw context.host.malformed(`${name} of ${args.length} arguments`)
    if (source !== undefined) call.entries = filled(source, context, call)
    return call
  }

/** A new dict of the items of a mapping, or of pairs. null where they cannot be told. */
function filled(source: PickleValue, context: CallContext, call: PickleCall): PickleDict | null {
  const { host } = context
  const made = host.newDict()
  const items = itemsOf(source)
  if (items !== undefined) {
    host.spend(items.keys.length)
    items.keys.forEach((key, i) => {
      host.setItem(made, key, items.values[i] as PickleValue)
    })
    return made
  }
  const pairs = iterated(source, context)
  for (const pair of pairs ?? []) {
    const two = iterated(pair, context)
    if (two === undefined) {
      context.unfollowed('a dict of pairs that are not told', call.offset)
      return made
    }
    if (two.length !== 2) throw host.malformed(`a dict of pairs that are ${two.length} values`)
    host.setItem(made, two[0] as PickleValue, two[1] as PickleValue)
  }
  if (pairs === undefined) context.unfollowed('a dict of what is not told', call.offset)
  return made
}

const counter: Behaviour = (call, { args, isNew, name }, context) => {
  if (isNew) return call
  const { host } = context
  const [source, ...more] = args
  if (more.length > 0) throw host.malformed(`${name} of ${args.length} arguments`)
  if (source === undefined || source === null) return call
  if (itemsOf(source) !== undefined) {
    call.entries = filled(source, context, call)
    return call
  }
  const elements = iterated(source, context)
  if (elements === undefined) context.unfollowed('a Counter of what is not told', call.offset)
  const made = host.newDict()
  for (const element of elements ?? []) {
    const at = made.index.get(host.keyOf(element))
    if (at === undefined) host.setItem(made, element, 1)
    else made.values[at] = (made.values[at] as number) + 1
  }
  call.entries = made
  return call
}

/** @param looks whether `__new__` alone takes the elements: that of what cannot change does */
const collection =
  (looks: boolean): Behaviour =>
  (call, { args, isNew, name }, context) => {
    if (isNew && !looks) return call
    const [source, ...more] = args
    if (more.length > 0) throw context.host.malformed(`${name} of ${args.length} arguments`)
    if (source === undefined) return call
    const elements = iterated(source, context) ?? unorderedOf(source)
    if (elements === undefined) context.unfollowed(`${name} of what is not told`, call.offset)
    const isSet = name.endsWith('set')
    const seen = new Set<unknown>()
    for (const element of elements ?? []) {
      if (isSet) {
        const canonical = context.host.keyOf(element)
        if (seen.has(canonical)) continue
        seen.add(canonical)
      }
      call.items.push(element)
    }
    return call
  }

/** A set's elements where the order does not count, as in another set. */
function unorderedOf(value: PickleValue): readonly PickleValue[] | undefined {
  return isRecord(value) && (value.kind === 'set' || value.kind === 'frozenset') ? value.items : undefined
}

/** A subclass that protocols 0 and 1 write: (class, the built-in class it is of, the built-in value). */
const reconstructed: Behaviour = (call, { args }, context) => {
  const base = globalOf(args[1])
  const state = args[2]
  if (base === undefined || state === undefined) return call
  const name = pythonName(base)
  if (name === 'builtins.dict' && itemsOf(state) !== undefined) call.entries = filled(state, context, call)
  else if (['builtins.list', 'builtins.tuple', 'builtins.set', 'builtins.frozenset'].includes(name))
    for (const element of iterated(state, context) ?? unorderedOf(state) ?? []) call.items.push(element)
  return call
}

const bytearray: Behaviour = (call, { args, isNew }) => {
  const [source, encoding] = args
  if (isNew || source === undefined) return { kind: 'bytearray', bytes: new Uint8Array() }
  const bytes = bytesOf(source)
  if (bytes !== undefined && args.length === 1) return { kind: 'bytearray', bytes: bytes.slice() }
  const coded = typeof source === 'string' && typeof encoding === 'string' ? encoded(source, encoding) : null
  return coded === null || coded === 'unknown' ? call : { kind: 'bytearray', bytes: coded }
}

const codecs: ReadonlyMap<string, 'latin1' | 'utf8' | 'ascii'> = new Map([
  ...['latin1', 'latin', 'iso88591', 'l1', 'iso8859', '8859', 'cp819'].map(
    (name) => [name, 'latin1'] as const,
  ),
  ...['utf8', 'u8', 'utf', 'utf8ucs2', 'cp65001'].map((name) => [name, 'utf8'] as const),
  ...['ascii', 'usascii', '646'].map((name) => [name, 'ascii'] as const),
])

/** null where the text has characters that the codec does not, `unknown` for another codec. */
function encoded(text: string, encoding: string): Uint8Array | null | 'unknown' {
  const codec = codecs.get(encoding.toLowerCase().replace(/[-_ ]/g, ''))
  if (codec === undefined) return 'unknown'
  if (codec === 'utf8') return /[\uD800-\uDFFF]/u.test(text) ? null : new TextEncoder().encode(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > (codec === 'ascii' ? 127 : 255)) return null
    bytes[i] = code
  }
  return bytes
}

/** `_codecs.encode(text, 'latin1')` is how protocol 2 writes bytes. */
const encode: Behaviour = (call, { args }, context) => {
  const [text, encoding = 'utf-8'] = args
  if (typeof text === 'string' && typeof encoding === 'string' && args.length <= 2) {
    context.host.spend(text.length / 16)
    const bytes = encoded(text, encoding)
    if (bytes === null) throw context.host.malformed(`text that ${encoding.slice(0, 40)} has no bytes for`)
    if (bytes !== 'unknown') return { kind: 'bytes', bytes, encodedAt: call.offset }
  }
  context.unfollowed('_codecs.encode of another codec than Latin-1, ASCII and UTF-8', call.offset)
  return call
}

/** By the names of Python 3. */
export const pythonClasses: ReadonlyMap<string, Behaviour> = new Map([
  ['collections.OrderedDict', mapping(0)],
  ['builtins.dict', mapping(0)],
  ['collections.defaultdict', mapping(1)],
  ['collections.Counter', counter],
  ['builtins.set', collection(false)],
  ['builtins.list', collection(false)],
  ['builtins.frozenset', collection(true)],
  ['builtins.tuple', collection(true)],
  ['copyreg._reconstructor', reconstructed],
  ['builtins.bytearray', bytearray],
  ['_codecs.encode', encode],
])

const unhashable = new Set([
  'collections.OrderedDict',
  'builtins.dict',
  'collections.defaultdict',
  'collections.Counter',
  'builtins.set',
  'builtins.list',
  'collections.deque',
])

/** The canonical form of a call's result as a key. @throws where Python would not take it for one */
export function keyOfCall(
  name: string,
  call: PickleCall,
  args: readonly PickleValue[],
  context: CallContext,
): unknown {
  const { host } = context
  if (unhashable.has(name)) throw host.malformed(`a ${name} as a key of a dict or set`)
  if (name !== 'builtins.complex' && name !== 'torch.device') return call
  const parts = args.map((arg) => host.keyOf(arg))
  if (parts.every((part) => typeof part === 'number' || typeof part === 'string')) {
    const [first, second = 0] = parts
    if (name === 'builtins.complex' && typeof first === 'number')
      return second === 0 ? first : `\0complex ${first} ${second}`
    if (name === 'torch.device' && typeof first === 'string')
      return `\0device ${first}${parts.length > 1 ? `:${second}` : ''}`
  }
  context.unfollowed(`a ${name} as a key`, call.offset)
  return call
}
