import type { PartReport, RepresentationReport } from './representation.ts'

/**
 * Whether two tensors keep their values in the same way. What depends on the values is not compared: how many
 * elements of a sparse tensor are stored, the scale of a quantised one.
 */
export function sameRepresentation(
  a: RepresentationReport | undefined,
  b: RepresentationReport | undefined,
): boolean {
  return a === b || layoutOf(a) === layoutOf(b)
}

/** Whether two are made of tensors of the same names, types and shapes. */
export function sameParts(a: readonly PartReport[], b: readonly PartReport[]): boolean {
  return a.length === b.length && JSON.stringify(partFacts(a)) === JSON.stringify(partFacts(b))
}

function partFacts(parts: readonly PartReport[]): unknown {
  return parts.map(({ name, dtype, shape }) => [name, dtype, shape])
}

const layouts = new WeakMap<RepresentationReport, string>()

function layoutOf(representation: RepresentationReport | undefined): string {
  if (representation === undefined) return ''
  const before = layouts.get(representation)
  if (before !== undefined) return before
  const text = JSON.stringify(layoutFacts(representation))
  layouts.set(representation, text)
  return text
}

function layoutFacts(representation: RepresentationReport): unknown {
  switch (representation.kind) {
    case 'sparse':
      return [representation.kind, representation.layout, representation.blockSize]
    case 'shard': {
      const { kind, of, localShape, placements, mesh, offsets } = representation
      return [kind, of, localShape, placements, mesh, offsets]
    }
    case 'subclass': {
      const { kind, class: name, parts, attributes } = representation
      return [kind, name, partFacts(parts), attributes]
    }
    case 'quantised':
      return [representation.kind, representation.scheme, representation.axis]
    default:
      return representation.kind
  }
}
