import { compareStateDicts, type TensorDifference } from '../compare/compare-state-dicts.ts'
import type { LoneTensor, TensorChange } from '../compare/difference.ts'
import type { Report } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import type { LockedCheckpoint, LockedFile, LockedTensor, LockLevel } from './lock.ts'
import { lockCheckpoint } from './lock-checkpoint.ts'
import { tensorOfLock } from './lock-report.ts'

/** One thing in which a checkpoint is not as its lock says. */
export interface Drift {
  /** What it is: the same for all tensors that drifted alike. */
  readonly what: 'file' | 'missing' | 'new' | 'renamed' | 'shape' | 'dtype' | 'kind' | 'frozen' | 'tied'
  /** One line, no full stop: what the lock says, what is there. */
  readonly message: string
  /** The tensor as the lock names it, or as the checkpoint does when it is new. */
  readonly tensor?: string
  /** Line of the lock, from 1. For what is new, the line of the checkpoint. */
  readonly line: number
  /** What changed, without the name: drifts that differ in the name only have one such text. */
  readonly change: string
}

/** How a level takes each change. */
const ignored: Record<LockLevel, ReadonlySet<Drift['what']>> = {
  exact: new Set(),
  layout: new Set(['file']),
  loadable: new Set(['file', 'dtype', 'kind', 'frozen', 'tied']),
  superset: new Set(['file', 'dtype', 'kind', 'frozen', 'tied', 'new']),
}

/**
 * In what a checkpoint is not as its lock says, at the level of the lock. Nothing: it is as locked.
 *
 * @param files digests of the files as they are; needed by the level `exact`
 * @throws SdinspectError `usage/state-dict` when the state dict of the lock is not there
 */
export function driftOf(
  locked: LockedCheckpoint,
  report: Report,
  files: readonly Omit<LockedFile, 'line'>[] = [],
): Drift[] {
  const at = locked.stateDict === '' ? null : locked.stateDict
  const stateDict = chosenStateDict(report.stateDicts, at)
  const tensors = stateDict?.tensors ?? []
  const difference = compareStateDicts(
    { tensors: locked.tensors.map(tensorOfLock) },
    { tensors: [...tensors] },
  )
  const found = [
    ...fileDrifts(locked, files),
    ...tensorDrifts(difference, locked, lockCheckpoint(report, { at }).tensors),
  ]
  return found.filter(({ what }) => !ignored[locked.level].has(what))
}

function fileDrifts(
  { files, level, line }: LockedCheckpoint,
  found: readonly Omit<LockedFile, 'line'>[],
): Drift[] {
  if (level !== 'exact') return []
  const byName = new Map(found.map((file) => [file.name, file]))
  const drifts: Drift[] = []
  const tell = (at: number, name: string, change: string) =>
    drifts.push({ what: 'file', message: `file ${JSON.stringify(name)} ${change}`, line: at, change })
  for (const file of files) {
    const now = byName.get(file.name)
    byName.delete(file.name)
    if (now === undefined) tell(file.line, file.name, 'is not there')
    else if (now.bytes !== file.bytes) tell(file.line, file.name, `was ${file.bytes} bytes, is ${now.bytes}`)
    else if (now.sha256 !== file.sha256)
      tell(
        file.line,
        file.name,
        `has another content: sha256 ${file.sha256.slice(0, 12)}…, now ${now.sha256.slice(0, 12)}…`,
      )
  }
  for (const name of byName.keys()) tell(line, name, 'is new')
  return drifts
}

function tensorDrifts(
  { changes, onlyA, onlyB, renames, rules }: TensorDifference,
  locked: LockedCheckpoint,
  now: readonly LockedTensor[],
): Drift[] {
  const before = new Map(locked.tensors.map((tensor) => [tensor.name, tensor]))
  const after = new Map(now.map((tensor) => [tensor.name, tensor]))
  const drifts: Drift[] = []
  const tell = (what: Drift['what'], name: string, change: string) =>
    drifts.push({
      what,
      message: `tensor ${quotedName(name)} ${change}`,
      tensor: name,
      line: before.get(name)?.line ?? locked.line,
      change,
    })
  if (renames.length > 0) {
    const gone = new Set(onlyA.map(({ name }) => name))
    for (const { name } of locked.tensors) {
      const renamed = rules.apply(name)
      if (!gone.has(name) && renamed !== name && !after.has(name) && after.has(renamed))
        tell('renamed', name, `is now called ${quotedName(renamed)}`)
    }
  }
  for (const change of changes) tellChange(change, before.get(change.a), after.get(change.b), tell)
  tellFrozen(locked.tensors, after, (name) => rules.apply(name), tell)
  for (const tensor of onlyA) tell('missing', tensor.name, `is missing: ${typeText(tensor)}${aside(tensor)}`)
  for (const tensor of onlyB) tell('new', tensor.name, `is new: ${typeText(tensor)}${aside(tensor)}`)
  return drifts.sort((a, b) => a.line - b.line)
}

type Tell = (what: Drift['what'], name: string, change: string) => void

function tellChange(
  change: TensorChange,
  before: LockedTensor | undefined,
  after: LockedTensor | undefined,
  tell: Tell,
): void {
  const { a: name, shape, dtype, kind, tiedTo } = change
  if (shape !== undefined) {
    const how = shape.how === 'other' ? '' : `, ${shape.how}`
    tell('shape', name, `was [${shape.a.join(', ')}], is [${shape.b.join(', ')}]${how}`)
  }
  if (dtype !== undefined)
    tell('dtype', name, `was ${dtype.a ?? 'of no type'}, is ${dtype.b ?? 'of no type'}`)
  if (kind !== undefined && before?.assumed === false && after?.assumed === false)
    tell('kind', name, `was a ${kind.a}, is a ${kind.b}`)
  if (tiedTo !== undefined) tell('tied', name, `was ${tieText(tiedTo.a)}, is ${tieText(tiedTo.b)}`)
}

/** A file that does not record what is frozen says nothing against a lock, or for one. */
function tellFrozen(
  locked: readonly LockedTensor[],
  after: ReadonlyMap<string, LockedTensor>,
  rename: (name: string) => string,
  tell: Tell,
): void {
  let recorded = false
  for (const { frozen } of after.values()) if (frozen) recorded = true
  for (const { frozen, kind, name } of locked) {
    const now = after.get(rename(name))
    if (kind !== 'parameter' || now === undefined || now.kind !== 'parameter') continue
    if (!frozen && now.frozen) tell('frozen', name, 'was not frozen, is frozen')
    else if (frozen && !now.frozen && recorded) tell('frozen', name, 'was frozen, is not')
  }
}

function tieText(tie: string | null): string {
  return tie === null ? 'by itself' : `tied to ${quotedName(tie)}`
}

function typeText({ kind, dtype, shape }: LoneTensor): string {
  return `${kind} ${dtype ?? '-'} [${shape.join(', ')}]`
}

function aside({ harmless }: LoneTensor): string {
  return harmless === undefined ? '' : `, ${harmless}`
}

function quotedName(name: string): string {
  return JSON.stringify(name.length <= 200 ? name : `${name.slice(0, 120)}…${name.slice(-60)}`)
}
