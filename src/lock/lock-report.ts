import { reportOfInspection } from '../model/inspection.ts'
import { type Report, schemaVersion, type ValueReport } from '../model/report.ts'
import { totalsOf } from '../model/totals.ts'
import { version } from '../version.ts'
import type { LockedCheckpoint, LockedValue } from './lock.ts'
import { lockedInspection } from './locked-inspection.ts'

/** What a lock says of a checkpoint, as a report: to be compared with a checkpoint like any other. */
export function lockReport(locked: LockedCheckpoint): Report {
  const inspection = lockedInspection(locked.tensors)
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
      reportOfInspection(
        inspection,
        {
          path: locked.stateDict,
          role: 'model',
          order: 'unrecorded',
          prefixes: [],
          notes: [],
          totals: totalsOf(inspection, new Set(inspection.table.columns.ties.keys())),
        },
        locked.values.length === 0 ? undefined : locked.values.map(valueOfLock(inspection.length)),
      ),
    ],
    values: [],
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
