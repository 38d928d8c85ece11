import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import type { LearntPolicy, LearntTensors } from '../../check/policy/learn-policy.ts'
import { compilePattern } from '../../model/names/pattern.ts'
import { sizeRange, tensorLine } from '../../render/policy-yaml.ts'

/** A policy that was learnt anew. */
export interface UpdatedPolicy {
  readonly text: string
  /** What is otherwise now, each by its keys: `counts.parameters`, `tensors **.weight`. */
  readonly changed: readonly string[]
  /** What is not as in the checkpoint and was left, because a person wrote it in another form than `init` does. */
  readonly kept: readonly string[]
}

/**
 * The text of a policy with what is learnt from another checkpoint in place of what was learnt before. What has another form
 * than `init` writes is somebody's own, and stays as it is; so do comments, what was taken out, and every character beside.
 *
 * @param text of a policy that was read without a fault
 * @param names of the tensors of the checkpoint
 */
export function updatedPolicy(text: string, learnt: LearntPolicy, names: readonly string[]): UpdatedPolicy {
  const root = parseDocument(text).contents
  const update = new Update(text)
  if (!isMap(root)) return update.result()
  const { parameters, buffers, tensors } = learnt.counts
  const counts = { parameters, buffers, tensors, logical: learnt.logical }
  for (const [key, value] of Object.entries(counts))
    if (value !== null) update.value(nodeIn(root, 'counts', key), `${value}`, `counts.${key}`, isWholeNumber)
  updateSize(root, learnt.totalBytes, update)
  if (learnt.metadataFormat !== null)
    update.value(
      nodeIn(root, 'metadata', 'format'),
      JSON.stringify(learnt.metadataFormat),
      'metadata.format',
      (value) => typeof value === 'string',
    )
  updateRules(root, learnt.accepted, update)
  const entries = root.get('tensors')
  if (isSeq(entries)) updateTensors(entries, learnt.tensors, names, update)
  return update.result()
}

const isWholeNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint'

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Changes of a text, each in its place. */
class Update {
  readonly #text: string
  readonly #edits: Edit[] = []
  readonly #changed: string[] = []
  readonly #kept: string[] = []

  constructor(text: string) {
    this.#text = text
  }

  replace(from: number, to: number, text: string, what: string): void {
    this.#edits.push({ from, to, text })
    this.#changed.push(what)
  }

  keep(what: string): void {
    this.#kept.push(what)
  }

  /** Puts a value of the form of `init` in the place of another, unless it is the same. */
  value(node: Node | null, value: string, what: string, isLearnt: (value: unknown) => boolean): void {
    if (node === null || node.range === null || node.range === undefined) return
    const before = node.toJSON()
    if (isSame(before, value)) return
    if (isLearnt(before)) this.replace(node.range[0], node.range[1], value, what)
    else this.keep(what)
  }

  /** Where the line of a place begins, and where the next one does. */
  lineAt(offset: number): { readonly from: number; readonly to: number } {
    const end = this.#text.indexOf('\n', offset)
    return {
      from: this.#text.lastIndexOf('\n', offset - 1) + 1,
      to: end < 0 ? this.#text.length : end + 1,
    }
  }

  slice(from: number, to: number): string {
    return this.#text.slice(from, to)
  }

  result(): UpdatedPolicy {
    let text = this.#text
    const edits = this.#edits.map((edit, order) => ({ ...edit, order }))
    // From the back; of two at one place, the later is put in first.
    for (const { from, to, text: by } of edits.sort((a, b) => b.from - a.from || b.order - a.order))
      text = text.slice(0, from) + by + text.slice(to)
    return { text, changed: this.#changed, kept: this.#kept }
  }
}

/** Whether a value is what `text` says: of YAML and of JSON, both are plain. */
function isSame(before: unknown, text: string): boolean {
  if (Array.isArray(before)) return `[${before.join(', ')}]` === text
  return String(before) === text || JSON.stringify(before) === text
}

function nodeIn(map: YAMLMap, ...path: readonly string[]): Node | null {
  const found = map.getIn(path, true)
  return isScalar(found) || isMap(found) || isSeq(found) ? found : null
}

/** A range of two whole numbers is as `init` writes it. */
function updateSize(root: YAMLMap, bytes: number, update: Update): void {
  const total = nodeIn(root, 'sizes', 'total')
  if (total === null) return
  const { min, max } = (isMap(total) ? total.toJSON() : {}) as { min?: unknown; max?: unknown }
  if (typeof min !== 'number' || typeof max !== 'number') update.keep('sizes.total')
  else if (bytes < min || bytes > max) {
    const range = sizeRange(bytes)
    for (const key of ['min', 'max'] as const)
      update.value(nodeIn(root, 'sizes', 'total', key), `${range[key]}`, `sizes.total.${key}`, isWholeNumber)
  }
}

/** Rules that warn about the checkpoint are off, as where it is learnt from for the first time. */
function updateRules(root: YAMLMap, accepted: readonly string[], update: Update): void {
  const rules = nodeIn(root, 'rules')
  for (const rule of accepted) {
    if (isMap(rules) && rules.has(rule)) continue
    const first = isMap(rules) && rules.flow !== true ? (rules.items[0] as Pair<Node> | undefined) : undefined
    const at = first?.key.range?.[0]
    if (at === undefined) {
      update.keep(`rules.${rule}`)
      continue
    }
    const { from } = update.lineAt(at)
    update.replace(
      from,
      from,
      `${update.slice(from, at)}${rule}: off  # the checkpoint this was learnt from has it\n`,
      `rules.${rule}`,
    )
  }
}

/** Whether `init` wrote an entry, or could have. */
function isOfInit(entry: YAMLMap): boolean {
  const { match, count = 1, dtype = '', shape, kind, ...more } = entry.toJSON() as Record<string, unknown>
  const hasTexts = [match, dtype, kind].every((value) => typeof value === 'string')
  return Object.keys(more).length === 0 && hasTexts && isWholeNumber(count) && isLearntShape(shape)
}

const isLearntShape = (value: unknown): boolean => Array.isArray(value) && !value.includes('*')

/** Entries are known by their pattern. One of the form of `init` that fits no tensor any more is taken out. */
function updateTensors(
  entries: YAMLSeq,
  learnt: readonly LearntTensors[],
  names: readonly string[],
  update: Update,
): void {
  const open = new Map(learnt.map((one) => [one.match, one]))
  const isList = entries.flow !== true
  for (const entry of entries.items) {
    if (!isMap(entry)) continue
    const match = String(entry.get('match'))
    const now = open.get(match)
    open.delete(match)
    if (now !== undefined) updateEntry(entry, now, update)
    else if (isOfInit(entry)) {
      if (names.some(compilePattern(match))) continue
      const [from, to] = entry.range ?? [0, 0]
      // The value may end at the line after it.
      if (isList) update.replace(update.lineAt(from).from, update.lineAt(to - 1).to, '', `tensors ${match}`)
      else update.keep(`tensors ${match}`)
    }
  }
  const last = entries.items.at(-1)
  const end = isMap(last) ? last.range?.[1] : undefined
  for (const one of open.values())
    if (!isList || end === undefined) update.keep(`tensors ${one.match}`)
    else {
      const { to } = update.lineAt(end - 1)
      const before = update.slice(to - 1, to) === '\n' ? '' : '\n'
      update.replace(to, to, before + tensorLine(one), `tensors ${one.match}`)
    }
}

function updateEntry(entry: YAMLMap, now: LearntTensors, update: Update): void {
  const { match, count, dtype, shape, kind } = now
  const what = (key: string) => `tensors ${match}: ${key}`
  const isText = (value: unknown) => typeof value === 'string'
  update.value(nodeIn(entry, 'count'), `${count}`, what('count'), isWholeNumber)
  if (dtype !== null) update.value(nodeIn(entry, 'dtype'), dtype, what('dtype'), isText)
  update.value(nodeIn(entry, 'shape'), `[${shape.join(', ')}]`, what('shape'), isLearntShape)
  update.value(nodeIn(entry, 'kind'), kind, what('kind'), isText)
}
