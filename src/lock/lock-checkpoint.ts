import { naturalCompare } from '../model/natural-order.ts'
import type { Report, StateDictReport, TensorReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { levelRank } from '../model/verdict.ts'
import type { LockedCheckpoint, LockedFile, LockedTensor, LockedValue, LockLevel } from './lock.ts'

export interface LockOptions {
  /** Relative to the folder of the lock. Default: the path of the report. */
  readonly path?: string
  /** Path of the state dict; null: the model, or else the first. */
  readonly at?: string | null
  readonly level?: LockLevel
  /** Digests of the files, which the level `exact` needs. */
  readonly files?: readonly Omit<LockedFile, 'line'>[]
}

/**
 * What a lock says of a checkpoint.
 *
 * @throws SdinspectError `usage/state-dict`
 */
export function lockCheckpoint(report: Report, options: LockOptions = {}): LockedCheckpoint {
  const stateDict = chosenStateDict(report.stateDicts, options.at ?? null)
  const level = options.level ?? 'layout'
  return {
    path: options.path ?? report.path,
    stateDict: stateDict?.path ?? '',
    level,
    tensors: lockedTensors(stateDict),
    values: lockedValues(stateDict),
    files: level === 'exact' ? (options.files ?? []).map((file) => ({ ...file, line: 0 })) : [],
    line: 0,
  }
}

/** In natural order: the same whichever format the tensors come from. */
function lockedTensors(stateDict: StateDictReport | null): LockedTensor[] {
  return (stateDict?.tensors ?? []).map(lockedTensor).sort((a, b) => naturalCompare(a.name, b.name))
}

function lockedValues(stateDict: StateDictReport | null): LockedValue[] {
  return (stateDict?.values ?? [])
    .map(({ name, type, parts = [] }): LockedValue => ({ name, type, parts, line: 0 }))
    .sort((a, b) => naturalCompare(a.name, b.name))
}

function lockedTensor(tensor: TensorReport): LockedTensor {
  const { name, kind, kindLevel, dtype, shape, tiedTo, representation } = tensor
  return {
    name,
    kind,
    assumed: kindLevel === 'assumed',
    dtype,
    shape,
    frozen: isFrozen(tensor),
    tiedTo,
    ...(representation === undefined ? {} : { representation }),
    line: 0,
  }
}

/** A parameter that is known, not guessed, not to be trained. */
function isFrozen({ kind, trainable, trainableLevel }: TensorReport): boolean {
  return kind === 'parameter' && trainable === 'no' && levelRank(trainableLevel) <= levelRank('deduced')
}
