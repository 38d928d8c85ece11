import { type Limits, withinLimit } from '../limits.ts'
import { duplicateKey } from './json.ts'
import type { JsonReader } from './json-reader.ts'
import { integerOf, NumberList, readNumberList } from './number-list.ts'

/** A number written with a fraction or an exponent, or NaN or an infinity: `1.0` is no integer here. */
export class RealNumber {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A JSON document with its arrays of numbers reduced to their outlines. */
export type Skeleton =
  | null
  | boolean
  | number
  | bigint
  | string
  | RealNumber
  | NumberList
  | readonly Skeleton[]
  | SkeletonMap
export interface SkeletonMap extends ReadonlyMap<string, Skeleton> {}

/** A run of the file. */
export interface TextRun {
  readonly offset: number
  readonly length: number
}

/** The members of an object, and where those are that are a single number or truth value. */
class Members extends Map<string, Skeleton> {
  /** Made for the first of them: most objects have none. */
  runs: Map<string, TextRun> | undefined

  keepRun(key: string, run: TextRun | undefined): void {
    if (run === undefined) return
    this.runs ??= new Map()
    this.runs.set(key, run)
  }
}

/** Where the text of a member is that is a single number, `true` or `false`; undefined for other members. */
export function runOfMember(map: SkeletonMap, key: string): TextRun | undefined {
  return map instanceof Members ? map.runs?.get(key) : undefined
}

/** An object or list that is being read: where its next member goes. */
type Open = { readonly map: Members; key: string } | { readonly list: Skeleton[] }

/**
 * The next value of `reader`. Memory grows with the names and structure of the document, not with the numbers
 * in its lists. Refuses duplicate keys. Depth costs memory, not stack.
 *
 * @throws SdinspectError `format/*`, `limit/exceeded` (`jsonValues`)
 */
export function readSkeleton(reader: JsonReader, limits: Limits): Skeleton {
  const open: Open[] = []
  let kept = 0
  for (;;) {
    const begun = begin(reader)
    if (begun instanceof Begun) {
      open.push(begun.open)
      continue
    }
    let value = begun
    for (;;) {
      const outer = open[open.length - 1]
      if (outer === undefined) return value
      withinLimit(limits, 'jsonValues', ++kept, 'the number of values kept of the document', reader.offset)
      if ('map' in outer) {
        outer.map.set(outer.key, value)
        outer.map.keepRun(outer.key, runOfScalar(value, reader))
      } else outer.list.push(value)
      if ('map' in outer ? nextKey(reader, outer) : reader.nextElement()) break
      value = 'map' in outer ? outer.map : outer.list
      open.pop()
    }
  }
}

/** Where the value is that was read last. */
function runOfScalar(value: Skeleton, reader: JsonReader): TextRun | undefined {
  if (typeof value === 'boolean') {
    const length = value ? 4 : 5
    return { offset: reader.offset - length, length }
  }
  const isNumber = typeof value === 'number' || typeof value === 'bigint' || value instanceof RealNumber
  return isNumber ? { offset: reader.tokenOffset, length: reader.tokenBytes } : undefined
}

/** Tells a container that has members to come from a value that is complete. */
class Begun {
  readonly open: Open
  constructor(open: Open) {
    this.open = open
  }
}

/** A whole value, or a container with its first member next. */
function begin(reader: JsonReader): Skeleton | Begun {
  switch (reader.peek()) {
    case 'object': {
      reader.beginObject()
      const open = { map: new Members(), key: '' }
      return nextKey(reader, open) ? new Begun(open) : open.map
    }
    case 'array': {
      const begin = reader.offset
      reader.beginArray()
      if (!reader.nextElement()) return emptyList
      const kind = reader.peek()
      if (kind === 'number' || kind === 'boolean' || kind === 'array') return readNumberList(reader, begin)
      return new Begun({ list: [] })
    }
    case 'string':
      return reader.string()
    case 'number':
      return reader.scanNumber() === 'integer'
        ? integerOf(reader.text())
        : new RealNumber(Number(reader.text()))
    case 'boolean':
      return reader.boolean()
    case 'null':
      reader.null()
      return null
  }
}

const emptyList = new NumberList({
  shape: [0],
  form: 'nothing',
  type: 'I64',
  offset: 0,
  length: 0,
  hasNonfinite: false,
  integers: [],
  fault: null,
})

function nextKey(reader: JsonReader, open: { readonly map: Members; key: string }): boolean {
  if (!reader.nextKey()) return false
  open.key = reader.text()
  if (open.map.has(open.key)) throw duplicateKey(reader, open.key)
  return true
}
