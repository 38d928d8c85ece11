import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Level } from '../../src/model/verdict.ts'
import type { ClassScore } from './classes.ts'
import type { Score, Tally } from './score.ts'
import type { View } from './truth.ts'

/** Compressed: it has a line for every class of every library. */
const file = 'scripts/accuracy/counts.json.gz'

/** What was right and wrong of one library in one view. */
export interface LibraryRecord {
  readonly models: number
  readonly flawless: number
  readonly kind: Readonly<Record<Level, Tally>>
  readonly trainable: Readonly<Record<Level, Tally>>
  readonly unknownTrainable: number
}

/** By library, `total` for all of them. */
export interface ViewRecord {
  readonly libraries: Readonly<Record<string, LibraryRecord>>
  /** Of all libraries in every view, of each in the first. */
  readonly classes: Readonly<Record<string, ClassScore>>
}

/** By the name of the folder of truth, then by view. */
export type AccuracyRecords = Record<string, Partial<Record<View, ViewRecord>>>

export function readAccuracy(): AccuracyRecords {
  return existsSync(file) ? (JSON.parse(gunzipSync(readFileSync(file)).toString()) as AccuracyRecords) : {}
}

/** Takes the place of what was counted before of the same folder and view. */
export function record(
  folder: string,
  view: View,
  scores: ReadonlyMap<string, Score>,
  classes: ReadonlyMap<string, ClassScore>,
): void {
  const all = readAccuracy()
  const libraries = byName(
    new Map(
      [...scores].map(([library, { models, wrongModels, kind, trainable, unknownTrainable }]) => [
        library,
        { models, flawless: models - wrongModels, kind, trainable, unknownTrainable },
      ]),
    ),
  )
  const kept = new Map([...classes].filter(([library]) => library === 'total' || view === 'dropped'))
  const name = basename(folder)
  all[name] = { ...all[name], [view]: { libraries, classes: byName(kept) } }
  writeFileSync(file, gzipSync(`${JSON.stringify(all)}\n`, { level: 9 }))
}

function byName<T>(each: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...each].sort(([a], [b]) => (a < b ? -1 : 1)))
}
