import { dtypes } from '../model/dtype.ts'
import { inspectionOfTensors } from '../model/inspection.ts'
import { type Report, schemaVersion, type TensorReport, type ValueReport } from '../model/report.ts'
import { elementsOf } from '../model/tensor.ts'
import { totalsOf } from '../model/totals.ts'
import { version } from '../version.ts'
import type { LockedCheckpoint, LockedTensor, LockedValue } from './lock.ts'

/** What a lock says of a checkpoint, as a report: to be compared with a checkpoint like any other. */
export function lockReport(locked: LockedCheckpoint): Report {
  const tensors = locked.tensors.map(tensorOfLock)
  const inspection = inspectionOfTensors(tensors)
  return {
    schemaVersion,
    tool: { name: 'sdinspect', version },
    path: locked.path,
    format: 'lock',
    producer: null,
    files: [],
    metadata: {},
    findings: [],
    stateDicts: [
      {
        path: locked.stateDict,
        role: 'model',
        order: 'unrecorded',
        prefixes: [],
        notes: [],
        totals: totalsOf(inspection, new Set(inspection.table.columns.ties.keys())),
        modules: [],
        tensors,
        ...(locked.values.length === 0 ? {} : { values: locked.values.map(valueOfLock(tensors.length)) }),
      },
    ],
    values: [],
  }
}

/** A lock says of trainability only what is frozen. */
export function tensorOfLock(locked: LockedTensor): TensorReport {
  const { name, kind, assumed, dtype, shape, frozen, tiedTo, representation } = locked
  const elements = elementsOf(shape)
  const known = frozen || kind !== 'parameter'
  return {
    name,
    dtype,
    shape,
    elements,
    bytes: dtype === null ? null : Math.ceil((elements * dtypes[dtype].bits) / 8),
    kind,
    kindLevel: assumed ? 'assumed' : 'declared',
    kindReason: 'the lock says so',
    trainable: known ? 'no' : 'unknown',
    trainableLevel: known ? 'declared' : 'assumed',
    trainableReason: frozen ? 'the lock says so' : known ? 'it is no parameter' : 'a lock does not record it',
    tiedTo,
    ...(representation === undefined ? {} : { representation }),
  }
}

/** A lock does not record where among the tensors a value stands: behind them. */
export function valueOfLock(position: number): (locked: LockedValue) => ValueReport {
  return ({ name, type, parts }) => ({
    name,
    position,
    kind: 'other',
    type,
    description: type ?? 'a value',
    ...(parts.length === 0 ? {} : { parts }),
  })
}
