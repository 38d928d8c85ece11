import { RealNumber, type Skeleton } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import type { Plain } from '../../model/checkpoint.ts'

/**
 * A skeleton as plain values. Of a list of numbers only short flat lists of integers have kept their values;
 * of others a text says what they were. Recursion is as deep as the reader's limit on nesting.
 */
export function plainOf(value: Skeleton): Plain {
  if (value instanceof RealNumber) return value.value
  if (value instanceof NumberList) return value.integers ?? `numbers of shape [${value.shape.join(', ')}]`
  if (Array.isArray(value)) return value.map(plainOf)
  if (value instanceof Map) {
    const members: [string, Plain][] = []
    let isPlain = true
    for (const [key, member] of value) {
      const plain = plainOf(member)
      isPlain &&= plain === member
      members.push([key, plain])
    }
    // The map of an index has a hundred thousand names, and is not copied.
    return isPlain ? (value as Plain) : new Map(members)
  }
  return value as Plain
}
