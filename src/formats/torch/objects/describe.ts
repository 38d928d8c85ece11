import { isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import { numpyArray, numpyScalar } from '../rebuild/numpy.ts'
import { isUnread, type TensorReader } from '../rebuild/tensor-record.ts'
import {
  attributesOf,
  bytesOf,
  calleeName,
  elementsIn,
  isCall,
  itemsOf,
  keyText,
  qualified,
} from './objects.ts'

const textLength = 80

/** A value that is no tensor, in a few words: `3`, `"resnet50"`, `[1, 2, 3]`, `dict of 12: lr, betas, …`. */
export function described(value: PickleValue, read: TensorReader): string {
  const atom = describedAtom(value)
  if (atom !== undefined) return atom
  const tensor = describedTensor(value, read)
  if (tensor !== undefined) return tensor
  const array = numpyArray(value)
  if (array !== null) return `NumPy array ${array.dtype} [${array.shape.join(', ')}]`
  const items = itemsOf(value)
  if (items !== undefined) {
    const name = isCall(value) ? shortName(calleeName(value)) : 'dict'
    return named(`${name} of ${items.keys.length}`, items.keys.map(keyText))
  }
  const elements = elementsIn(value)
  if (elements !== undefined) return list(elements, isRecord(value) ? value.kind : 'list', read)
  return isCall(value) ? object(value, read) : '?'
}

function describedTensor(value: PickleValue, read: TensorReader): string | undefined {
  const record = read(value)
  if (record === null) return undefined
  if (isUnread(record)) return record.unread
  return `tensor ${record.dtype ?? 'without a type'} [${record.shape.slice(0, 20).join(', ')}]`
}

/** Scalars, names and bytes; undefined for what holds other values. */
function describedAtom(value: PickleValue): string | undefined {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value).slice(0, textLength)
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, 4 * textLength)))
  if (value.kind === 'float') return floatText(value.value)
  if (value.kind === 'global') return cut(qualified(value))
  if (value.kind === 'persistent') return 'a reference to something outside the pickle'
  const bytes = bytesOf(value)
  if (bytes !== undefined) return `${bytes.length} bytes`
  const scalar = numpyScalar(value)
  return scalar === undefined ? undefined : String(scalar)
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value)
}

function list(elements: readonly PickleValue[], kind: string, read: TensorReader): string {
  const [open, close] = kind === 'tuple' ? ['(', ')'] : kind.endsWith('set') ? ['{', '}'] : ['[', ']']
  const texts: string[] = []
  let length = 0
  for (const element of elements) {
    const text = describedAtom(element) ?? describedTensor(element, read)
    length += (text?.length ?? textLength) + 2
    if (text === undefined || length > textLength) return `${kind} of ${elements.length}`
    texts.push(text)
  }
  return open + texts.join(', ') + close
}

function object(value: PickleValue, read: TensorReader): string {
  if (!isCall(value)) return '?'
  const name = shortName(calleeName(value))
  const held = name === 'BytesIO' ? bytesOf(elementsIn(value.states.at(-1))?.[0]) : undefined
  if (held !== undefined) return `BytesIO of ${held.length} bytes`
  const attributes = attributesOf(value)
  if (attributes !== undefined && attributes.keys.length > 0)
    return named(`${name} object`, attributes.keys.map(keyText))
  if (value.args.length === 0) return `${name}()`
  return cut(`${name}${list(value.args, 'tuple', read).replace(/^tuple of (\d+)$/, '(… $1 arguments)')}`)
}

function shortName(name: string | undefined): string {
  return name === undefined ? 'object' : cut(name.slice(name.lastIndexOf('.') + 1))
}

function named(what: string, names: readonly string[]): string {
  return names.length === 0
    ? what
    : cut(`${what}: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`)
}

function cut(text: string): string {
  return text.length <= textLength ? text : `${text.slice(0, textLength - 1)}…`
}
