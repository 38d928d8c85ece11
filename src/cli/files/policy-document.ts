import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, visit, type YAMLMap } from 'yaml'
import type { Policy, PolicyDocument } from '../../check/policy/policy.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import type { TextPlace } from '../../model/finding.ts'
import { nearest } from '../../model/names/edit-distance.ts'
import { type PolicyError, validate } from './policy-validator.generated.js'

/** Aliases that a policy may use in all: enough for people, too few for a bomb. */
const mostAliases = 100
const shownErrors = 5

/**
 * The policy in a text of YAML or JSON.
 *
 * @param file how messages name it
 * @throws SdinspectError `usage/policy`, with line and column of what is wrong
 */
export function parsePolicy(text: string, file: string): PolicyDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    prettyErrors: false,
    // Theirs compares each key with all before it.
    uniqueKeys: false,
  })
  const [broken] = document.errors
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  if (broken !== undefined) throw policyError([[placeAt(broken.pos[0]), oneLine(broken.message)]], 1)
  const twice = doubledKey(document.contents)
  if (twice !== null)
    throw policyError([[placeAt(twice.offset), `the key ${quoted(twice.key)} is there twice`]], 1)
  const value = plainValue(() => document.toJS({ maxAliasCount: mostAliases }), file)
  const offsets = new Offsets(document.contents)
  const placeOf = (path: readonly (string | number)[]): TextPlace => placeAt(offsets.of(path))
  if (!validate(value)) {
    const errors = (validate.errors ?? []).filter(({ schemaPath }) => !schemaPath.includes('/anyOf/'))
    throw policyError(problems(errors.slice(0, shownErrors), value, placeOf), errors.length)
  }
  return { file, policy: value as Policy, placeOf }
}

function plainValue(convert: () => unknown, file: string): unknown {
  try {
    return convert()
  } catch (error) {
    throw new SdinspectError('usage/policy', `${file}: ${oneLine(String((error as Error).message))}`)
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}

type Problem = readonly [place: TextPlace, message: string, hint?: string]

/** The first key of a map that it has twice; null for none. */
function doubledKey(contents: unknown): { readonly key: string; readonly offset: number } | null {
  let found: { key: string; offset: number } | null = null
  visit(contents as Node | null, {
    Map(_, { items }) {
      const keys = new Set<string>()
      for (const { key } of items as Pair[]) {
        const name = keyOf(key)
        if (keys.has(name)) {
          found = { key: name, offset: (key as Node | null)?.range?.[0] ?? 0 }
          return visit.BREAK
        }
        keys.add(name)
      }
      return undefined
    },
  })
  return found
}

/** What the validator found, as sentences. What is wrong inside one choice of several is said of the choice. */
function problems(
  errors: readonly PolicyError[],
  value: unknown,
  placeOf: PolicyDocument['placeOf'],
): Problem[] {
  return errors.map((error): Problem => {
    const path = pathOf(error.instancePath)
    if (error.keyword === 'additionalProperties') {
      const key = String(error.params.additionalProperty)
      const known = Object.keys(error.parentSchema.properties ?? {})
      const near = nearest(key, known)
      const what = path.at(-1) === 'rules' ? 'rule' : 'key'
      return [
        placeOf([...path, key]),
        `unknown ${what} ${quoted(key)}${path.length === 0 ? '' : ` in ${shownPath(path)}`}`,
        near === undefined
          ? known.length > 20
            ? undefined
            : `known are ${known.join(', ')}`
          : `did you mean ${near}?`,
      ] as Problem
    }
    if (error.keyword === 'required')
      return [placeOf(path), `${shownPath(path)} has no ${quoted(String(error.params.missingProperty))}`]
    const found = valueAt(value, path)
    const { title } = error.parentSchema
    const allowed = error.params.allowedValues
    const near =
      typeof found === 'string' && Array.isArray(allowed) ? nearest(found, allowed.map(String)) : undefined
    return [
      placeOf(path),
      // A file that is no policy may be one that nobody should see in a log.
      `${shownPath(path)} is ${path.length === 0 ? kindOf(found) : shown(found)}, expected ${title ?? 'something else'}`,
      path[0] === 'version'
        ? 'sdinspect init FILE writes a policy of version 1 from a good checkpoint'
        : near === undefined
          ? undefined
          : `did you mean ${near}?`,
    ] as Problem
  })
}

/** One error for all: the first problem is the message, the others that are given follow it; `all` there are. */
function policyError(found: readonly Problem[], all: number): SdinspectError {
  const texts = found.map(([{ file, line, column }, message]) => `${file}:${line}:${column ?? 1}: ${message}`)
  const more = all > found.length ? `; and ${all - found.length} more` : ''
  const hint = found[0]?.[2]
  return new SdinspectError('usage/policy', texts.join('; ') + more, hint === undefined ? {} : { hint })
}

function shownPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'the policy'
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('')
    .slice(0, 300)
}

function kindOf(value: unknown): string {
  return typeof value === 'string' ? 'a text' : shown(value)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value
  for (const part of path) at = (at as Record<string | number, unknown> | null)?.[part]
  return at
}

/** Keys of lists are numbers; a JSON pointer does not tell, the schema has no object with such keys. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

/** Where values stand in a text. */
class Offsets {
  readonly #root: Node | null
  /** By map, its pairs by key: each is looked through once. */
  readonly #pairs = new Map<Node, ReadonlyMap<string, Pair>>()

  constructor(contents: unknown) {
    this.#root = contents as Node | null
  }

  /** Of the value at a path, or of the nearest part around it that is there. */
  of(path: readonly (string | number)[]): number {
    let node: Node | null = this.#root
    let offset = node?.range?.[0] ?? 0
    for (const part of path) {
      if (isMap(node)) {
        const pair = this.#pairsOf(node).get(String(part))
        if (pair === undefined) return offset
        offset = (pair.key as Node | null)?.range?.[0] ?? offset
        node = pair.value as Node | null
      } else if (node !== null && 'items' in node) {
        node = ((node.items as Node[])[Number(part)] as Node | undefined) ?? null
        offset = node?.range?.[0] ?? offset
      } else return offset
    }
    return offset
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map)
    if (known !== undefined) return known
    const pairs = new Map((map.items as Pair[]).map((pair) => [keyOf(pair.key), pair]))
    this.#pairs.set(map, pairs)
    return pairs
  }
}

function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}
