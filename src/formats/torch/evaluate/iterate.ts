import { isRecord, kindOf, type PickleValue } from '../../../codec/pickle-value.ts'
import { bytesOf, itemsOf } from '../objects/objects.ts'
import { type CallContext, calleeOf } from './callee.ts'

const sequences = new Set(['builtins.list', 'builtins.tuple', 'collections.deque'])
const sets = new Set(['builtins.set', 'builtins.frozenset'])

/**
 * What Python's `iter` gives of a value now; undefined where that cannot be told: the order of a set, the rows
 * of a tensor, objects of unknown classes.
 */
export function iterated(value: PickleValue, { host }: CallContext): readonly PickleValue[] | undefined {
  if (typeof value === 'string') {
    host.spend(value.length / 16)
    return [...value]
  }
  if (!isRecord(value) || value.kind === 'float') throw host.malformed(`iteration over a ${kindOf(value)}`)
  switch (value.kind) {
    case 'list':
    case 'tuple':
      return spent(value.items)
    case 'set':
    case 'frozenset':
      return value.items.length <= 1 ? value.items : undefined
    case 'dict':
      return spent(value.keys)
    case 'bytes':
    case 'bytearray':
      host.spend(value.bytes.length)
      return [...value.bytes]
    case 'global':
    case 'persistent':
      return undefined
    default:
  }
  const items = itemsOf(value)
  if (items !== undefined) return spent(items.keys)
  const name = calleeOf(value)?.name ?? ''
  if (sets.has(name)) return value.items.length <= 1 ? value.items : undefined
  const bytes = bytesOf(value)
  if (bytes !== undefined) return [...bytes]
  return sequences.has(name) ? spent(value.items) : undefined

  function spent(elements: readonly PickleValue[]): readonly PickleValue[] {
    host.spend(elements.length)
    return elements
  }
}
