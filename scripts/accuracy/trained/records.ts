import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Level } from '../../../src/model/verdict.ts'

const file = 'scripts/accuracy/trained/counts.json'

/** How one library's models did, in one state, with values looked at or not, and with one table of words. */
export interface TrainedCounts {
  readonly lib: string
  readonly version: string
  /** The table of words in use, or one that was made without the library and its relatives. */
  readonly table: 'in use' | 'left out'
  readonly state: 'fresh' | 'trained'
  readonly values: 'never' | 'auto'
  readonly models: number
  /** Of these, trained on what they give for random inputs. */
  readonly forward: number
  exact: number
  readonly entries: Record<Level, number>
  readonly wrong: Record<Level, number>
}

export function readTrained(): readonly TrainedCounts[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TrainedCounts[]) : []
}

export function recordTrained(counts: readonly TrainedCounts[]): void {
  writeFileSync(file, `[\n${counts.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`)
}
