import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Coverage, coverageOf } from './coverage.ts'
import type { Counter } from './instrument.ts'
import type { Outcome } from './supervise.ts'
import { targets } from './targets/index.ts'

/** What all recorded runs of one target came to. */
interface Recorded extends Coverage {
  readonly executions: number
  readonly seconds: number
  readonly corpus: number
  readonly most: { readonly steps: number; readonly allocated: number }
}

export type Records = Readonly<Record<string, Recorded>>

/** Adds a run to a file of records. */
export function record(file: string, outcomes: readonly Outcome[], counters: readonly Counter[]): void {
  const records: Record<string, Recorded> = { ...readRecords(file) }
  for (const { target, executions, seconds, corpus, reached, most } of outcomes) {
    const about = targets.find(({ name }) => name === target)?.about ?? []
    const before = records[target]
    records[target] = {
      executions: executions + (before?.executions ?? 0),
      seconds: Math.round(seconds + (before?.seconds ?? 0)),
      corpus,
      // The corpus of earlier runs was run again: what it reached is in this.
      ...coverageOf(about, counters, reached),
      most: {
        steps: Math.ceil(Math.max(most.steps, before?.most.steps ?? 0)),
        allocated: Math.ceil(Math.max(most.allocated, before?.most.allocated ?? 0)),
      },
    }
  }
  const sorted = targets.flatMap(({ name }) => (records[name] === undefined ? [] : [[name, records[name]]]))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}

export function readRecords(file: string): Records {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Records) : {}
}
