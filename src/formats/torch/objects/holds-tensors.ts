import type { PickleRecord } from '../../../codec/pickle-value.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { childrenOf, isContainer } from './object-walk.ts'

/**
 * A question to ask of any container of an object graph: whether a tensor is in it, however deep. Each container
 * is looked into once. Not recursive: containers are as deep as a file makes them.
 */
export function tensorHolders(read: TensorReader): (value: PickleRecord) => boolean {
  const holders = new Map<PickleRecord, boolean>()
  return (root) => {
    const open: { readonly value: PickleRecord; readonly pending: PickleRecord[] }[] = []
    const enter = (value: PickleRecord) => {
      const inner = childrenOf(value).map((child) => child.value)
      holders.set(
        value,
        inner.some((one) => read(one) !== null),
      )
      open.push({ value, pending: inner.filter((one): one is PickleRecord => isContainer(one)) })
    }
    if (!holders.has(root)) enter(root)
    for (let step = open.at(-1); step !== undefined; step = open.at(-1)) {
      const next = step.pending.pop()
      if (next === undefined) {
        open.pop()
        const above = open.at(-1)
        if (above !== undefined && holders.get(step.value)) holders.set(above.value, true)
      } else if (!holders.has(next)) enter(next)
      else if (holders.get(next)) holders.set(step.value, true)
    }
    return holders.get(root) === true
  }
}
