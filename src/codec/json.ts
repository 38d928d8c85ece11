import { quoted, type SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import type { Plain, PlainMap } from '../model/checkpoint.ts'
import { type JsonOptions, JsonReader } from './json-reader.ts'

export interface ParseJsonOptions extends Omit<JsonOptions, 'depth' | 'integerDigits'> {
  readonly limits: Limits
}

/**
 * A whole JSON document as values. Objects are Maps in the order of the file; integers that a double cannot
 * hold are bigints. Refuses duplicate keys (their decoded names compared), anything after the value, and
 * numbers beyond a double.
 *
 * @throws SdinspectError `format/malformed`, `format/truncated` when it ends too early, `limit/exceeded`
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions): Plain {
  const reader = new JsonReader(bytes, {
    ...options,
    depth: options.limits.jsonDepth,
    longNames: options.limits.longNames,
    integerDigits: options.limits.integerDigits,
  })
  const value = readPlain(reader, options.limits)
  reader.end()
  return value
}

interface Container {
  readonly value: Plain
  /** Puts a value where it belongs. */
  add(value: Plain): void
  /** Whether there is another member, which is then the next value. */
  next(): boolean
}

/** The next value of `reader`, whole. Iterative: depth costs memory, not stack. */
function readPlain(reader: JsonReader, limits: Limits): Plain {
  const open: Container[] = []
  let kept = 0
  for (;;) {
    const kind = reader.peek()
    let value: Plain
    if (kind === 'object' || kind === 'array') {
      const container = kind === 'object' ? objectContainer(reader) : arrayContainer(reader)
      if (container.next()) {
        open.push(container)
        continue
      }
      value = container.value
    } else value = readScalar(reader, kind)
    for (;;) {
      const container = open[open.length - 1]
      if (container === undefined) return value
      withinLimit(limits, 'jsonValues', ++kept, 'the number of values in the document', reader.offset)
      container.add(value)
      if (container.next()) break
      value = container.value
      open.pop()
    }
  }
}

function readScalar(reader: JsonReader, kind: 'string' | 'number' | 'boolean' | 'null'): Plain {
  if (kind === 'string') return reader.string()
  if (kind === 'number') return reader.number()
  if (kind === 'boolean') return reader.boolean()
  reader.null()
  return null
}

function arrayContainer(reader: JsonReader): Container {
  reader.beginArray()
  const list: Plain[] = []
  return { value: list, add: (value) => list.push(value), next: () => reader.nextElement() }
}

function objectContainer(reader: JsonReader): Container {
  reader.beginObject()
  const map = new Map<string, Plain>()
  let key = ''
  return {
    value: map satisfies PlainMap,
    add: (value) => map.set(key, value),
    next() {
      if (!reader.nextKey()) return false
      key = reader.text()
      if (map.has(key)) throw duplicateKey(reader, key)
      return true
    },
  }
}

/** The error for a key that was there before, the key just read. */
export function duplicateKey(reader: JsonReader, key: string): SdinspectError {
  return reader.error(`the key ${quoted(key)} is there twice`, reader.tokenOffset)
}
