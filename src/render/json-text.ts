/**
 * JSON of any size in pieces: one string of a report on 500,000 tensors would be larger than a string may be.
 *
 * Objects that hold lists of objects take a line a field, all others one line, so each tensor, finding and
 * module is a line of its own. What JSON cannot say is said by rule: an integer beyond 2^53 is a string of its
 * digits, NaN and infinities are the strings `NaN`, `Infinity`, `-Infinity`, Maps are objects with their keys in
 * order (`__proto__` too), and a lone surrogate is its escape. Characters that could do something to a
 * terminal or a log are escaped in strings, which changes no value.
 *
 * Nothing here recurses over the depth of the value.
 */
export function* json(value: unknown): Generator<string> {
  yield* document(value, true)
  yield '\n'
}

/** The value on one line, with the line's end: a record of NDJSON. */
export function* jsonLine(value: unknown): Generator<string> {
  yield* document(value, false)
  yield '\n'
}

/** A list of objects that are made when they are written, and may be forgotten then. */
export class LazyList<T extends object> implements Iterable<T> {
  readonly #make: () => Iterable<T>

  constructor(make: () => Iterable<T>) {
    this.#make = make
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#make()[Symbol.iterator]()
  }
}

/** JSON that is text already, on one line: of a value that is one of many alike. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The JSON of a value on one line. */
export function jsonText(value: unknown): string {
  return isExact(value, 0) ? safe(JSON.stringify(value) ?? 'null') : [...document(value, false)].join('')
}

interface Open {
  readonly entries: Iterator<readonly [string | null, unknown]>
  readonly close: ']' | '}'
  readonly expanded: boolean
  /** Levels of indentation of the entries. */
  readonly level: number
  first: boolean
}

/** Deeper than this, lines are not indented further: the text must not grow with the square of the depth. */
const deepestIndent = 16

function* document(root: unknown, layout: boolean): Generator<string> {
  const stack: Open[] = []
  const begin = (value: unknown, level: number): string => {
    if (typeof value !== 'object' || value === null) return scalar(value)
    if (value instanceof JsonText) return value.text
    const list = Array.isArray(value) || value instanceof LazyList
    const expanded = layout && (list ? holdsRecord(value) : holdsRecords(value))
    if (!expanded && isExact(value, 0)) return safe(JSON.stringify(value))
    const entries = list ? items(value) : fields(value)
    stack.push({ entries, close: list ? ']' : '}', expanded, level: level + 1, first: true })
    return list ? '[' : '{'
  }
  yield begin(root, 0)
  for (let open = stack.at(-1); open !== undefined; open = stack.at(-1)) {
    const next = open.entries.next()
    if (next.done === true) {
      stack.pop()
      yield open.expanded && !open.first ? lineOf(open.level - 1) + open.close : open.close
      continue
    }
    const [key, value] = next.value
    const before = (open.first ? '' : ',') + (open.expanded ? lineOf(open.level) : '')
    const name = key === null ? '' : `${scalar(key)}:${open.expanded ? ' ' : ''}`
    open.first = false
    yield before + name + begin(value, open.level)
  }
}

function lineOf(level: number): string {
  return `\n${'  '.repeat(Math.min(level, deepestIndent))}`
}

/** Entries in order; a field that is undefined is not there. */
function* fields(value: object): Generator<readonly [string, unknown]> {
  const entries: Iterable<[string, unknown]> = value instanceof Map ? value : Object.entries(value)
  for (const entry of entries) if (entry[1] !== undefined) yield entry
}

function* items(value: Iterable<unknown>): Generator<readonly [null, unknown]> {
  for (const item of value) yield [null, item]
}

function scalar(value: unknown): string {
  if (typeof value === 'bigint') {
    const exact = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
    return exact ? String(value) : `"${value}"`
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`
  return safe(JSON.stringify(value) ?? 'null')
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function holdsRecord(value: unknown): boolean {
  return value instanceof LazyList || (Array.isArray(value) && value.some(isRecord))
}

function holdsRecords(value: object): boolean {
  const values: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value)
  for (const field of values) if (holdsRecord(field)) return true
  return false
}

/** Whether JSON.stringify, which is many times faster, says exactly what the rules above say. Looks a few levels deep. */
function isExact(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint'
  if (depth > 4 || value instanceof Map || value instanceof LazyList || value instanceof JsonText)
    return false
  if (Array.isArray(value))
    return value.length < 100 && value.every((item) => item !== undefined && isExact(item, depth + 1))
  for (const field of Object.values(value)) if (!isExact(field, depth + 1)) return false
  return true
}

const plainText = /^[\x20-\x7e]*$/
/** Outside strings JSON holds none of these, so escaping them anywhere in the text is escaping them in a string. */
function safe(text: string): string {
  if (plainText.test(text) && !text.includes('##') && !text.includes('section_')) return text
  // Controls, what hides or turns text, the ninth and later marks on one letter, and how runners begin a command.
  const unsafe =
    /[\x7f-\x9f\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?<=\p{M}{8})\p{M}|#(?=#)|(?<=section_(?:start|end)):/gu
  return text.replace(unsafe, (found) => {
    let escapes = ''
    for (let i = 0; i < found.length; i++)
      escapes += `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`
    return escapes
  })
}
