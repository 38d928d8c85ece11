import { isRecord, type PickleCall, type PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import { elementsIn } from '../objects/objects.ts'
import type { TensorReader, TensorRecord, UnreadTensor } from './tensor-record.ts'

/**
 * One of torch's rebuild functions: reads the arguments that the function would get.
 *
 * @param spend counts what is looked at beyond the arguments, whose number a file may multiply by sharing
 */
export type Rebuild = (
  call: PickleCall,
  read: TensorReader,
  spend: Spend,
) => TensorRecord | UnreadTensor | null

/** Counts work over all tensors of a file, and refuses when it is too much. */
export interface Spend {
  /** Values looked at in search of inner tensors. */
  values(count: number): void
  /** Inner tensors that are listed. */
  parts(count: number): void
}

export function spending(limits: Limits): Spend {
  let [values, parts] = [0, 0]
  return {
    values(count) {
      values += count
      withinLimit(
        limits,
        'pickleOpcodes',
        values,
        'data.pkl: the number of values looked at for inner tensors',
      )
    },
    parts(count) {
      parts += count
      withinLimit(limits, 'tensors', parts, 'data.pkl: the number of tensors inside others')
    },
  }
}

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

/** As `sizes`; undefined for a value that is no list of them. */
export function sizesIn(value: PickleValue | undefined): number[] | undefined {
  const items = elementsIn(value)
  return items?.every((item): item is number => typeof item === 'number' && item >= 0)
    ? [...items]
    : undefined
}

export function shown(value: PickleValue): string {
  return isRecord(value) ? value.kind : String(value).slice(0, 40)
}

export function flag(value: PickleValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null
}
