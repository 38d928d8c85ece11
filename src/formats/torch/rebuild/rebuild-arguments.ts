import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { elementsIn } from '../objects/objects.ts'
import type { TensorReader, TensorRecord, UnreadTensor } from './tensor-record.ts'

/** One of torch's rebuild functions: reads the arguments that the function would get. */
export type Rebuild = (call: PickleCall, read: TensorReader) => TensorRecord | UnreadTensor | null

export function malformed(call: PickleCall, what: string): SdinspectError {
  return new SdinspectError('format/malformed', `data.pkl: the tensor at ${call.offset} ${what}`, {
    offset: call.offset,
  })
}

/** A list of sizes, strides or offsets: not negative, and no larger than a double holds. */
export function sizes(call: PickleCall, value: PickleValue | undefined, what: string): number[] {
  const items = elementsIn(value)
  if (items === undefined) throw malformed(call, `has no ${what}`)
  return items.map((item) => {
    if (typeof item === 'number' && item >= 0) return item
    throw malformed(call, `has the ${what} [${items.slice(0, 8).map(shown).join(', ')}]`)
  })
}

export function shown(value: PickleValue): string {
  return isRecord(value) ? value.kind : String(value).slice(0, 40)
}

export function flag(value: PickleValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null
}
