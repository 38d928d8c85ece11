import type { RepresentationReport } from './representation.ts'

/**
 * How a tensor keeps its values, in a few words: `sparse COO`, `DTensor Shard(0), this part [5, 6] at [0, 0]`. May hold
 * text of the file.
 */
export function representationText(representation: RepresentationReport | undefined): string {
  switch (representation?.kind) {
    case undefined:
      return 'dense'
    case 'sparse': {
      const { layout, blockSize } = representation
      return `sparse ${layout.toUpperCase()}${blockSize === undefined ? '' : ` of blocks ${shape(blockSize)}`}`
    }
    case 'shard': {
      const { of, placements = [], localShape, offsets } = representation
      const where = offsets === undefined ? '' : ` at ${shape(offsets)}`
      return `${[of, ...placements].join(' ')}, this part ${shape(localShape)}${where}`
    }
    case 'subclass': {
      const { summary, attributes = [] } = representation
      const others = attributes.map(({ name, value }) => `${name} ${value}`)
      return others.length === 0 ? summary : `${summary}; ${others.join(', ')}`
    }
    case 'quantised': {
      const { scheme, axis } = representation
      return scheme === 'per-tensor'
        ? 'quantised per tensor'
        : `quantised per channel, dimension ${axis ?? '?'}`
    }
    case 'uninitialised':
      return 'not initialised yet'
    case 'meta':
      return 'meta, no values'
    case 'nested':
      return 'nested'
  }
}

/** Its short name, for a table: `sparse COO`, `Int8Tensor`, `DTensor part`. */
export function representationName(representation: RepresentationReport): string {
  switch (representation.kind) {
    case 'shard':
      return `${representation.of} part`
    case 'subclass':
      return representation.class.slice(representation.class.lastIndexOf('.') + 1)
    case 'sparse':
      return `sparse ${representation.layout.toUpperCase()}`
    case 'quantised':
      return `quantised ${representation.scheme}`
    case 'uninitialised':
      return 'lazy'
    case 'meta':
      return 'meta'
    default:
      return representationText(representation)
  }
}

function shape(sizes: readonly number[]): string {
  return `[${sizes.slice(0, 20).join(', ')}${sizes.length > 20 ? ', …' : ''}]`
}
