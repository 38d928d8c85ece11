import { type DType, isDType } from '../model/tensors/dtype.ts'
import {
  type PartReport,
  type RepresentationReport,
  shardClasses,
  sparseLayouts,
} from '../model/tensors/representation.ts'
import type { LineReader } from './line-reader.ts'
import { lockName } from './lock-name.ts'

// How a tensor keeps its values, as a line of a lock says it after the shape: `as sparse csr`,
// `as shard DTensor [5, 6] at [0, 0] mesh [2] placed "Shard(0)"`, `as subclass torchao.X part qdata I8 [4, 8]`.
// What depends on values is not in a lock.

export function representationWords(representation: RepresentationReport): string {
  return `as ${wordsOf(representation).join(' ')}`
}

function wordsOf(representation: RepresentationReport): string[] {
  const { kind } = representation
  switch (kind) {
    case 'sparse': {
      const { layout, blockSize } = representation
      return [kind, layout, ...(blockSize === undefined ? [] : [shapeWord(blockSize)])]
    }
    case 'shard': {
      const { of, localShape, offsets, mesh, placements = [] } = representation
      return [
        kind,
        of,
        shapeWord(localShape),
        ...(offsets === undefined ? [] : ['at', shapeWord(offsets)]),
        ...(mesh === undefined ? [] : ['mesh', shapeWord(mesh)]),
        ...placements.flatMap((placement) => ['placed', lockName(placement)]),
      ]
    }
    case 'subclass': {
      const { class: name, parts, attributes = [] } = representation
      const others = attributes.flatMap((one) => ['with', lockName(one.name), lockName(one.value)])
      return [kind, lockName(name), ...partWords(parts), ...others]
    }
    case 'quantised': {
      const { scheme, axis } = representation
      return [kind, scheme, ...(axis === undefined ? [] : [String(axis)])]
    }
    default:
      return [kind]
  }
}

export function partWords(parts: readonly PartReport[]): string[] {
  return parts.flatMap(({ name, dtype, shape }) => ['part', lockName(name), dtype ?? '-', shapeWord(shape)])
}

function shapeWord(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}

const kinds = ['sparse', 'shard', 'subclass', 'quantised', 'uninitialised', 'meta', 'nested'] as const

/**
 * What stands after `as`.
 *
 * @param shape of the tensor: of the whole, where a shard has one
 */
export function readRepresentation(reader: LineReader, shape: readonly number[]): RepresentationReport {
  const kind = oneOf(reader, kinds)
  switch (kind) {
    case 'sparse': {
      const layout = oneOf(reader, sparseLayouts)
      if (layout !== 'bsr' && layout !== 'bsc') return { kind, layout, parts: [] }
      const [high = 0, wide = 0] = reader.shape()
      return { kind, layout, blockSize: [high, wide], parts: [] }
    }
    case 'shard': {
      const of = oneOf(reader, shardClasses)
      const localShape = reader.shape()
      const offsets = reader.takes('at') ? reader.shape() : undefined
      const mesh = reader.takes('mesh') ? reader.shape() : undefined
      const placements: string[] = []
      while (reader.takes('placed')) placements.push(reader.name('a placement'))
      return {
        kind,
        of,
        ...(of === 'FlatParameter' ? {} : { globalShape: shape }),
        localShape,
        ...(offsets === undefined ? {} : { offsets }),
        ...(mesh === undefined ? {} : { mesh }),
        ...(placements.length === 0 ? {} : { placements }),
        parts: [],
      }
    }
    case 'subclass': {
      const name = reader.name('the name of a class')
      const parts = readParts(reader)
      const attributes: { name: string; value: string }[] = []
      while (reader.takes('with'))
        attributes.push({ name: reader.name('the name of an attribute'), value: reader.name('a value') })
      return {
        kind,
        class: name,
        parts,
        ...(attributes.length === 0 ? {} : { attributes }),
        summary: name.slice(name.lastIndexOf('.') + 1),
      }
    }
    case 'quantised': {
      const scheme = oneOf(reader, ['per-tensor', 'per-channel'] as const)
      return scheme === 'per-tensor'
        ? { kind, scheme, parts: [] }
        : { kind, scheme, axis: reader.number('a dimension'), parts: [] }
    }
    case 'nested':
      return { kind, parts: [] }
    default:
      return { kind }
  }
}

export function readParts(reader: LineReader): PartReport[] {
  const parts: PartReport[] = []
  while (reader.takes('part'))
    parts.push({ name: reader.name('the name of a part'), dtype: readDType(reader), shape: reader.shape() })
  return parts
}

/** An element type, or `-` for none that is recorded. */
export function readDType(reader: LineReader): DType | null {
  const word = reader.word()
  if (word === '-') return null
  return isDType(word) ? word : reader.refuse(`${JSON.stringify(word.slice(0, 80))} is no element type`)
}

function oneOf<const T extends string>(reader: LineReader, words: readonly T[]): T {
  const word = reader.word()
  const found = words.find((one) => one === word)
  return found ?? reader.refuse(`${JSON.stringify(word.slice(0, 80))} is not one of ${words.join(', ')}`)
}
