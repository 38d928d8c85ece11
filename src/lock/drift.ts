import { compareStateDicts, type TensorDifference } from '../compare/compare-state-dicts.ts'
import type { LoneTensor, TensorChange } from '../compare/difference.ts'

import { quoted, SdinspectError } from '../errors.ts'
import { entriesOfInspection, inspectionOf } from '../model/inspection.ts'

import type { Report } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import type { TensorList } from '../model/tensors/tensor-list.ts'
import { type DriftFacts, driftText } from './drift-text.ts'
import {
  holdsToValues,
  type LockedCheckpoint,
  type LockedFile,
  type LockedTensor,
  type LockLevel,
} from './lock.ts'
import { lockCheckpoint, mayBeFrozen } from './lock-checkpoint.ts'
import { valueOfLock } from './lock-report.ts'
import { lockedInspection } from './locked-inspection.ts'

/** One thing in which a checkpoint is not as its lock says. */
export interface Drift {
  /** What it is: the same for all tensors that drifted alike. */
  readonly what:
    | 'file'
    | 'missing'
    | 'new'
    | 'renamed'
    | 'shape'
    | 'dtype'
    /** Other values of the same type and shape. */
    | 'values'
    | 'kind'
    | 'frozen'
    | 'tied'
    /** How the values are kept: dense, sparse, a part of a distributed tensor. */
    | 'representation'
    /** An entry that is no tensor is of another class. */
    | 'value'
  /** One line, no full stop: what the lock says, what is there. */
  readonly message: string
  /** The tensor as the lock names it, or as the checkpoint does when it is new. */
  readonly tensor?: string
  /** Line of the lock, from 1. For what is new, the line of the checkpoint. */
  readonly line: number
  /** What changed, without the name: drifts that differ in the name only have one such text. */
  readonly change: string
  /** What the change is made of. */
  readonly args: DriftFacts
}

/** How a level takes each change. */
const ignored: Record<LockLevel, ReadonlySet<Drift['what']>> = {
  exact: new Set(),
  // A format that has no ties keeps their values all the same.
  values: new Set(['file', 'tied']),
  layout: new Set(['file', 'values']),
  loadable: new Set(['file', 'values', 'dtype', 'kind', 'frozen', 'tied', 'value']),
  superset: new Set(['file', 'values', 'dtype', 'kind', 'frozen', 'tied', 'value', 'new']),
}

/**
 * In what a checkpoint is not as its lock says, at the level of the lock. Nothing: it is as locked.
 *
 * @param files digests of the files as they are; needed by the level `exact`
 * @param digests those of the tensors as they are, by name (`digestValues`); needed where the lock has some
 * @throws SdinspectError `usage/state-dict` when the state dict of the lock is not there; `usage/arguments` where digests
 *   are needed and not given
 */
export function driftOf(
  locked: LockedCheckpoint,
  report: Report,
  files: readonly Omit<LockedFile, 'line'>[] = [],
  digests?: ReadonlyMap<string, string>,
): Drift[] {
  if (digests === undefined && hasDigests(locked))
    throw new SdinspectError('usage/arguments', 'the lock holds to values, and nobody read those there are')
  const at = locked.stateDict === '' ? null : locked.stateDict
  const stateDict = chosenStateDict(report.stateDicts, at)
  const inspection = lockedInspection(locked.tensors)
  const difference = compareStateDicts(
    Object.assign(entriesOfInspection(inspection), { values: locked.values.map(valueOfLock(0)) }),
    // Without its order: a lock has none.
    stateDict === null
      ? { tensors: [] }
      : Object.assign(entriesOfInspection(inspectionOf(stateDict)), { values: stateDict.values ?? [] }),
  )
  const isFrozen = inspection.pool.some(
    ({ kind, trainable }) => kind.answer === 'parameter' && trainable.answer === 'no',
  )
  const found = [
    ...fileDrifts(locked, files),
    ...tensorDrifts(difference, locked, {
      tensors: () => lockCheckpoint(report, { at }).tensors,
      mayBeFrozen: isFrozen || mayBeFrozen(stateDict),
      digests: digests ?? new Map(),
    }),
  ]
  return found.filter(({ what }) => !ignored[locked.level].has(what))
}

/** Whether the values have to be read to compare with a lock. */
export function hasDigests({
  level,
  tensors,
  values,
}: Pick<LockedCheckpoint, 'level' | 'tensors' | 'values'>): boolean {
  if (!holdsToValues(level)) return false
  for (const { sha256 } of tensors) if (sha256 !== undefined) return true
  return values.some(({ sha256 }) => sha256 !== undefined)
}

function fileDrifts(
  { files, level, line }: LockedCheckpoint,
  found: readonly Omit<LockedFile, 'line'>[],
): Drift[] {
  if (level !== 'exact') return []
  const byName = new Map(found.map((file) => [file.name, file]))
  const drifts: Drift[] = []
  const tell = (at: number, name: string, args: DriftFacts) => {
    const change = driftText(args)
    drifts.push({ what: 'file', message: `file ${JSON.stringify(name)} ${change}`, line: at, change, args })
  }
  for (const file of files) {
    const now = byName.get(file.name)
    byName.delete(file.name)
    const { name } = file
    if (now === undefined) tell(file.line, name, { what: 'file-missing', name })
    else if (now.bytes !== file.bytes)
      tell(file.line, name, { what: 'file-size', name, was: file.bytes, is: now.bytes })
    else if (now.sha256 !== file.sha256)
      tell(file.line, name, { what: 'file-content', name, was: file.sha256, is: now.sha256 })
  }
  for (const name of byName.keys()) tell(line, name, { what: 'file-new', name })
  return drifts
}

function tensorDrifts(
  { changes, onlyA, onlyB, values, renames, rules }: TensorDifference,
  locked: LockedCheckpoint,
  now: Now,
): Drift[] {
  const before = byName(() => locked.tensors)
  const after = byName(now.tensors)
  const drifts: Drift[] = []
  const tell = (name: string, args: TensorFacts) => {
    const change = driftText(args)
    drifts.push({
      what: args.what,
      message: `tensor ${quoted(name)} ${change}`,
      tensor: name,
      line: before().get(name)?.line ?? locked.line,
      change,
      args,
    })
  }
  if (renames.length > 0) {
    const gone = new Set(onlyA.map(({ name }) => name))
    for (const { name } of locked.tensors) {
      const renamed = rules.apply(name)
      if (!gone.has(name) && renamed !== name && !after().has(name) && after().has(renamed))
        tell(name, { what: 'renamed', is: renamed })
    }
  }
  for (const change of changes) tellChange(change, before().get(change.a), after().get(change.b), tell)
  if (hasDigests(locked)) {
    const others = new Set(
      changes.flatMap(({ a, shape, dtype, representation }) =>
        (shape ?? dtype ?? representation) ? [a] : [],
      ),
    )
    for (const { name, tiedTo, sha256 } of locked.tensors) {
      const renamed = rules.apply(name)
      const was = tiedTo === null ? sha256 : before().get(tiedTo)?.sha256
      if (was === undefined || others.has(name) || !after().has(renamed)) continue
      const is = now.digests.get(renamed) ?? null
      if (is !== was) tell(name, { what: 'values', was, is })
    }
  }
  if (now.mayBeFrozen) tellFrozen(locked.tensors, after(), (name) => rules.apply(name), tell)
  for (const tensor of onlyA) tell(tensor.name, { what: 'missing', ...typeFacts(tensor) })
  for (const tensor of onlyB) tell(tensor.name, { what: 'new', ...typeFacts(tensor) })
  const lines = new Map(locked.values.map(({ name, line }) => [name, line]))
  const tellEntry = (name: string, what: Drift['what'], args: TensorFacts) => {
    const change = driftText(args)
    const message = `entry ${quoted(name)} ${change}`
    drifts.push({ what, message, tensor: name, line: lines.get(name) ?? locked.line, change, args })
  }
  const told = new Set<string>()
  for (const { name, a, b } of values) {
    told.add(name)
    tellEntry(name, a === null ? 'new' : b === null ? 'missing' : 'value', { what: 'value', was: a, is: b })
  }
  for (const { name, sha256: was } of locked.values) {
    const renamed = rules.apply(name)
    if (was === undefined || told.has(name) || told.has(renamed)) continue
    const is = now.digests.get(name) ?? now.digests.get(renamed) ?? null
    if (is !== was) tellEntry(name, 'values', { what: 'values', was, is })
  }
  return drifts.sort((a, b) => a.line - b.line)
}

/** What there is beside a lock. */
interface Now {
  readonly tensors: () => TensorList<LockedTensor>
  readonly mayBeFrozen: boolean
  /** Of the values of each tensor, by name: those that were read. */
  readonly digests: ReadonlyMap<string, string>
}

/** The tensors by their names, once somebody asks. */
function byName(tensors: () => TensorList<LockedTensor>): () => ReadonlyMap<string, LockedTensor> {
  let known: ReadonlyMap<string, LockedTensor> | null = null
  return () => {
    known ??= new Map(tensors().map((tensor) => [tensor.name, tensor]))
    return known
  }
}

/** What can be said of one tensor. */
type TensorFacts = Extract<DriftFacts, { what: Exclude<Drift['what'], 'file'> }>
type Tell = (name: string, args: TensorFacts) => void

function tellChange(
  change: TensorChange,
  before: LockedTensor | undefined,
  after: LockedTensor | undefined,
  tell: Tell,
): void {
  const { a: name, shape, dtype, kind, tiedTo, representation } = change
  if (shape !== undefined) {
    const how = shape.how === 'other' ? null : shape.how
    tell(name, { what: 'shape', was: shape.a.join(', '), is: shape.b.join(', '), how })
  }
  if (dtype !== undefined) tell(name, { what: 'dtype', was: dtype.a, is: dtype.b })
  if (kind !== undefined && before?.assumed === false && after?.assumed === false)
    tell(name, { what: 'kind', was: kind.a, is: kind.b })
  if (representation !== undefined)
    tell(name, { what: 'representation', was: representation.a, is: representation.b })
  if (tiedTo !== undefined) tell(name, { what: 'tied', was: tiedTo.a, is: tiedTo.b })
}

/** A file that does not record what is frozen says nothing against a lock, or for one. */
function tellFrozen(
  locked: TensorList<LockedTensor>,
  after: ReadonlyMap<string, LockedTensor>,
  rename: (name: string) => string,
  tell: Tell,
): void {
  let recorded = false
  for (const { frozen } of after.values()) if (frozen) recorded = true
  for (const { frozen, kind, name } of locked) {
    const now = after.get(rename(name))
    if (kind !== 'parameter' || now === undefined || now.kind !== 'parameter') continue
    if (!frozen && now.frozen) tell(name, { what: 'frozen', is: true })
    else if (frozen && !now.frozen && recorded) tell(name, { what: 'frozen', is: false })
  }
}

function typeFacts({ kind, dtype, shape, harmless }: LoneTensor) {
  return { kind, dtype, shape: shape.join(', '), harmless: harmless ?? null }
}
