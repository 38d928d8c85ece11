import type { PickleRecord, PickleValue } from '../../../codec/pickle-value.ts'
import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'
import { isUnread, type TensorReader } from '../rebuild/tensor-record.ts'
import { allParts, isContainer, joined } from './object-walk.ts'
import { isCall } from './objects.ts'
import { moduleAttributes } from './pickled-module.ts'
import type { FoundStateDict } from './state-dicts.ts'

/** Tensors that a pickle builds and no state dict lists, by where they are. */
export interface Unlisted {
  /** Plain attributes of pickled modules: `state_dict()` leaves them out too. */
  readonly attributes: readonly string[]
  readonly others: readonly string[]
  /** Tensors that the pickle builds in all, as far as they were met. */
  readonly built: number
}

/** A path longer than this is not made longer: a pickle can be nested 100,000 deep. */
const longestPath = 400

/**
 * Looks for tensors wherever a pickle can hold one: in what is called and with what, in keys, in attributes, in
 * what a later state replaces.
 *
 * @param listed what is rebuilt to the tensors and values that are listed: all in them is listed with them
 */
export function unlistedTensors(
  root: PickleValue,
  listed: Iterable<PickleValue>,
  read: TensorReader,
): Unlisted {
  const known = new Set<PickleValue>(listed)
  const candidates: { readonly value: PickleRecord; readonly path: string; readonly inModule: boolean }[] = []
  let built = 0
  const seen = new Set<PickleRecord>()
  const pending = [{ value: root, path: '', inModule: false }]
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { value, path } = step
    if (!isContainer(value) || seen.has(value)) continue
    seen.add(value)
    const isTensor = read(value) !== null
    if (isTensor) built++
    if (known.has(value)) continue
    if (isTensor) {
      candidates.push({ value, path, inModule: step.inModule })
      continue
    }
    const inModule = step.inModule || (isCall(value) && moduleAttributes(value) !== undefined)
    const inner = allParts(value)
    for (let i = inner.length - 1; i >= 0; i--) {
      const [key, part] = inner[i] as readonly [string, PickleValue]
      const below = key === '' || path.length > longestPath ? path : joined(path, key.slice(0, longestPath))
      pending.push({ value: part, path: below, inModule })
    }
  }
  const inListed = candidates.length === 0 ? known : insideOf(known)
  const rest = candidates.filter(({ value }) => !inListed.has(value))
  const pathsOf = (some: typeof rest) => some.map(({ path }) => (path === '' ? '(file)' : path))
  return {
    attributes: pathsOf(rest.filter(({ inModule }) => inModule)),
    others: pathsOf(rest.filter(({ inModule }) => !inModule)),
    built,
  }
}

/** The values and all that is in them. */
function insideOf(values: ReadonlySet<PickleValue>): Set<PickleValue> {
  const inside = new Set<PickleValue>()
  const pending = [...values]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (!isContainer(value) || inside.has(value)) continue
    inside.add(value)
    for (const [, part] of allParts(value)) pending.push(part)
  }
  return inside
}

/** Findings for the tensors of a pickle that nothing else of the report speaks of. */
export function unlistedFindings({ attributes, others }: Unlisted): Finding[] {
  const findings: Finding[] = []
  if (others.length > 0) findings.push(finding('torch/unlisted-tensors', { paths: others }))
  if (attributes.length > 0) findings.push(finding('torch/module-attributes', { paths: attributes }))
  return findings
}

/** A finding for the entries of state dicts that are tensors and cannot be read, with why the first is not. */
export function unreadFindings(stateDicts: readonly FoundStateDict[], read: TensorReader): Finding[] {
  const names: string[] = []
  let why = ''
  for (const { path, values } of stateDicts)
    for (const { name, value } of values) {
      const record = read(value)
      if (record === null || !isUnread(record)) continue
      if (names.length === 0) why = record.unread
      names.push(path === '' ? name : `${path}.${name}`)
    }
  return names.length === 0 ? [] : [finding('torch/unread-tensors', { names, first: why })]
}
