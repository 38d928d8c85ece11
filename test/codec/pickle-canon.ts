import { isRecord, type PickleValue } from '../../src/codec/pickle-value.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The notation of fixtures/generate/pickle_cases.py. Recursive: for the small pickles of tests. */
export function canon(value: PickleValue): string {
  const seen = new Map<PickleValue, number>()
  const text = (v: PickleValue): string => {
    if (v === null) return 'N'
    if (typeof v === 'boolean') return v ? 'T' : 'F'
    if (typeof v === 'number' || typeof v === 'bigint') return `i${v}`
    if (typeof v === 'string') return `s${hex(Buffer.from(v, 'utf16le').swap16())}`
    if (!isRecord(v)) throw new Error('not a value')
    switch (v.kind) {
      case 'float': {
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleBE(v.value)
        return Number.isNaN(v.value) ? 'fnan' : `f${hex(bytes)}`
      }
      case 'bytes':
        return `b${hex(v.bytes)}`
      case 'bytearray':
        return `y${hex(v.bytes)}`
      case 'global':
        return `g<${v.module}|${v.name}>`
      case 'persistent':
        return `p<${text(v.id)}>`
      case 'tuple':
        return `(${v.items.map(text).join(',')})`
      case 'frozenset':
        return `z<${unique(v.items).join(',')}>`
      default:
    }
    const number = seen.get(v)
    if (number !== undefined) return `#${number}`
    seen.set(v, seen.size)
    if (v.kind === 'list') return `[${v.items.map(text).join(',')}]`
    if (v.kind === 'dict')
      return `{${v.keys.map((key, i) => `${text(key)}:${text(v.values[i] as PickleValue)}`).join(',')}}`
    if (v.kind !== 'call') return `Z<${unique(v.items).join(',')}>`
    const parts = [
      v.via,
      text(v.callee),
      v.args.map(text).join(','),
      v.kwargs === null ? '' : text(v.kwargs),
      v.states.map(text).join(','),
      v.items.map(text).join(','),
      v.entries === null ? '' : text(v.entries),
    ]
    return `c<${parts.join(';')}>`
  }
  // Python's sets drop equal members (True is 1 is 1.0); the records keep what the stream adds.
  const unique = (items: readonly PickleValue[]): string[] => {
    const kept = new Map<string, string>()
    for (const item of items) {
      const written = text(item)
      const same = item === true ? 'i1' : item === false ? 'i0' : written
      if (!kept.has(same)) kept.set(same, written)
    }
    return [...kept.values()].sort()
  }
  return text(value)
}
