import { RealNumber } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { SdinspectError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import {
  type Part,
  type Representation,
  type SparseLayout,
  shardClasses,
  sparseLayouts,
} from '../../model/tensors/representation.ts'
import { dtypeOf, shapeOf } from './manifest-entry.ts'
import type { Member } from './report-member.ts'

const kinds = ['sparse', 'shard', 'subclass', 'quantised', 'uninitialised', 'meta', 'nested'] as const

/** The representation that a report gives a tensor. */
export function representationOf(member: Member, limits: Limits): Representation {
  const kind = member.oneOf('kind', kinds)
  switch (kind) {
    case 'sparse':
      return { kind, ...sparseOf(member), parts: partsOf(member, limits) }
    case 'shard':
      return {
        kind,
        of: member.oneOf('of', shardClasses),
        localShape: member.counts('localShape'),
        ...optionalNumbers(member, 'globalShape'),
        ...(member.map.has('placements') ? { placements: member.texts('placements') } : {}),
        ...optionalNumbers(member, 'mesh'),
        ...optionalNumbers(member, 'offsets'),
        parts: partsOf(member, limits),
      }
    case 'subclass':
      return {
        kind,
        class: member.text('class'),
        parts: partsOf(member, limits),
        ...(member.map.has('attributes')
          ? {
              attributes: member
                .list('attributes')
                .map((one) => ({ name: one.text('name'), value: one.text('value') })),
            }
          : {}),
        summary: member.text('summary'),
      }
    case 'quantised':
      return {
        kind,
        scheme: member.oneOf('scheme', ['per-tensor', 'per-channel']),
        ...optionalReal(member, 'scale'),
        ...optionalReal(member, 'zeroPoint'),
        ...(member.map.has('axis') ? { axis: member.count('axis') } : {}),
        parts: partsOf(member, limits),
      }
    case 'nested':
      return { kind, parts: partsOf(member, limits) }
    default:
      return { kind }
  }
}

function sparseOf(member: Member): {
  readonly layout: SparseLayout
  readonly nnz?: number
  readonly coalesced?: boolean
  readonly blockSize?: readonly [number, number]
} {
  const block = member.map.has('blockSize') ? member.counts('blockSize') : undefined
  const [high, wide] = block ?? []
  if (block !== undefined && (block.length !== 2 || high === undefined || wide === undefined))
    throw member.fault('blockSize', 'two whole numbers')
  return {
    layout: member.oneOf('layout', sparseLayouts),
    ...(member.map.has('nnz') ? { nnz: member.count('nnz') } : {}),
    ...(member.map.has('coalesced') ? { coalesced: member.truth('coalesced') } : {}),
    ...(high === undefined || wide === undefined ? {} : { blockSize: [high, wide] }),
  }
}

/** The tensors that another or a value is made of. */
export function partsOf(member: Member, limits: Limits): Part[] {
  return member.list('parts').map((part) => {
    const name = part.text('name')
    const fail = (problem: string): SdinspectError =>
      new SdinspectError('format/malformed', `part ${JSON.stringify(name.slice(0, 200))}: ${problem}`)
    const list = part.map.get('shape')
    if (!(list instanceof NumberList)) throw part.fault('shape', 'a list of whole numbers')
    return {
      name,
      dtype: dtypeOf(part.map.get('dtype'), fail),
      shape: shapeOf(list, name, limits, fail).shape,
      values: 'not in this file',
    }
  })
}

function optionalNumbers<K extends string>(
  member: Member,
  key: K,
): { readonly [key in K]?: readonly number[] } {
  return (member.map.has(key) ? { [key]: member.counts(key) } : {}) as { readonly [key in K]?: number[] }
}

/** A number, or the words that stand for one that JSON has not. */
function optionalReal<K extends string>(member: Member, key: K): { readonly [key in K]?: number } {
  const value = member.map.get(key)
  if (value === undefined) return {}
  const number = value instanceof RealNumber ? value.value : value
  const real = typeof number === 'string' && notFinite.has(number) ? Number(number) : number
  if (typeof real !== 'number') throw member.fault(key, 'a number')
  return { [key]: real } as { readonly [key in K]?: number }
}

const notFinite = new Set(['NaN', 'Infinity', '-Infinity'])
