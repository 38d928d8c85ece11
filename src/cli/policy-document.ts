import { isMap, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { Policy, PolicyDocument } from '../check/policy.ts'
import { quoted, SdinspectError } from '../errors.ts'
import { nearest } from '../model/edit-distance.ts'
import type { TextPlace } from '../model/finding.ts'
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
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', prettyErrors: false })
  const [broken] = document.errors
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  if (broken !== undefined) throw policyError([[placeAt(broken.pos[0]), oneLine(broken.message)]])
  const value = plainValue(() => document.toJS({ maxAliasCount: mostAliases }), file)
  const placeOf = (path: readonly (string | number)[]): TextPlace =>
    placeAt(offsetOf(document.contents as Node | null, path) ?? 0)
  if (!validate(value)) throw policyError(problems(validate.errors ?? [], value, placeOf))
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

/** What the validator found, as sentences. What is wrong inside one choice of several is said of the choice. */
function problems(
  errors: readonly PolicyError[],
  value: unknown,
  placeOf: PolicyDocument['placeOf'],
): Problem[] {
  return errors
    .filter(({ schemaPath }) => !schemaPath.includes('/anyOf/'))
    .map((error): Problem => {
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
        `${shownPath(path)} is ${shown(found)}, expected ${title ?? 'something else'}`,
        near === undefined ? undefined : `did you mean ${near}?`,
      ] as Problem
    })
}

/** One error for all: the first problem is the message, the others follow it. */
function policyError(found: readonly Problem[]): SdinspectError {
  const texts = found
    .slice(0, shownErrors)
    .map(([{ file, line, column }, message]) => `${file}:${line}:${column ?? 1}: ${message}`)
  const more = found.length > shownErrors ? `; and ${found.length - shownErrors} more` : ''
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

/** Where the value at a path stands in the text, or the nearest part around it that is there. */
function offsetOf(root: Node | null, path: readonly (string | number)[]): number | null {
  let node: Node | null = root
  let offset = node?.range?.[0] ?? null
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyOf(item as Pair) === String(part)) as
        | Pair
        | undefined
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

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key)
}
