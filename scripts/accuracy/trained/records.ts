import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Level } from '../../../src/model/verdict.ts'

/** Compressed: it has a line for every library, state and table of words. */
const file = 'scripts/accuracy/trained/counts.json.gz'

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
  return existsSync(file) ? (JSON.parse(gunzipSync(readFileSync(file)).toString()) as TrainedCounts[]) : []
}

export function recordTrained(counts: readonly TrainedCounts[]): void {
  writeFileSync(
    file,
    gzipSync(`[\n${counts.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`, { level: 9 }),
  )
}
